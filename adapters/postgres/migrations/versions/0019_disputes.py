"""
Disputes, what the processor moved for them, and what they claim of a payment.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE dispute (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    payment_id UUID NOT NULL,
    consultation_id UUID NOT NULL,
    reference TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    inquiry BOOLEAN NOT NULL,
    evidence_due_at TIMESTAMP WITH TIME ZONE,
    evidence_sent_at TIMESTAMP WITH TIME ZONE,
    owner_id UUID,
    shares JSONB,
    beyond_minor BIGINT,
    losses SMALLINT NOT NULL,
    review TEXT,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_dispute PRIMARY KEY (id),
    CONSTRAINT ck_dispute_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_dispute_shares CHECK (shares is null or beyond_minor is not null),
    CONSTRAINT fk_dispute_payment_id FOREIGN KEY(payment_id) REFERENCES payment (id),
    CONSTRAINT uq_dispute_reference UNIQUE (reference)
);

CREATE INDEX ix_dispute_payment_id ON dispute (payment_id, id);

CREATE INDEX ix_dispute_undecided ON dispute (checked_at) WHERE status in ('needs_response', 'under_review');

CREATE TABLE dispute_movement (
    reference TEXT NOT NULL,
    dispute_id UUID NOT NULL,
    sequence SMALLINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    fee_currency CHAR(3) NOT NULL,
    CONSTRAINT pk_dispute_movement PRIMARY KEY (reference),
    CONSTRAINT fk_dispute_movement_dispute_id FOREIGN KEY(dispute_id) REFERENCES dispute (id)
);

CREATE UNIQUE INDEX ix_dispute_movement_dispute_id ON dispute_movement (dispute_id, sequence);

ALTER TABLE payment ADD COLUMN disputed_minor BIGINT NOT NULL DEFAULT 0;

ALTER TABLE payment ADD CONSTRAINT ck_payment_disputed_minor CHECK (disputed_minor >= 0);
"""


def upgrade() -> None:
    op.execute(_TABLES)


def downgrade() -> None:
    op.execute("alter table payment drop column disputed_minor")
    op.execute("drop table dispute_movement, dispute")
