"""
Schedules by which payouts are asked for, and what became of each period.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE payout_schedule (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    physician_id UUID NOT NULL,
    currency CHAR(3) NOT NULL,
    cadence TEXT NOT NULL,
    weekday SMALLINT,
    day_of_month SMALLINT,
    minimum_minor BIGINT,
    chosen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    served_until DATE NOT NULL,
    reached INTEGER NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payout_schedule PRIMARY KEY (id),
    CONSTRAINT uq_payout_schedule_physician_id UNIQUE (physician_id, currency)
);

CREATE INDEX ix_payout_schedule_next_at ON payout_schedule (next_at) WHERE next_at is not null;

CREATE TABLE payout_schedule_run (
    schedule_id UUID NOT NULL,
    period TEXT NOT NULL,
    ran_at TIMESTAMP WITH TIME ZONE NOT NULL,
    payout_id UUID,
    amount_minor BIGINT,
    reason TEXT,
    CONSTRAINT pk_payout_schedule_run PRIMARY KEY (schedule_id, period),
    CONSTRAINT ck_payout_schedule_run_outcome CHECK (num_nonnulls(payout_id, reason) = 1),
    CONSTRAINT fk_payout_schedule_run_schedule_id FOREIGN KEY(schedule_id) REFERENCES payout_schedule (id),
    CONSTRAINT uq_payout_schedule_run_payout_id UNIQUE (payout_id),
    CONSTRAINT fk_payout_schedule_run_payout_id FOREIGN KEY(payout_id) REFERENCES payout (id)
);

CREATE INDEX ix_payout_schedule_run_ran_at ON payout_schedule_run (schedule_id, ran_at);
"""


def upgrade() -> None:
    op.execute(_TABLES)


def downgrade() -> None:
    op.execute("drop table payout_schedule_run, payout_schedule")
