"""
Payout accounts, payouts, attempts.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE payout_account (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    physician_id UUID NOT NULL,
    status TEXT NOT NULL,
    reference TEXT,
    beneficiary TEXT,
    bank_last_four TEXT,
    bank_fingerprint TEXT,
    bank_currency CHAR(3),
    bank_country CHAR(2),
    bank_changed_at TIMESTAMP WITH TIME ZONE,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payout_account PRIMARY KEY (id),
    CONSTRAINT uq_payout_account_physician_id UNIQUE (physician_id),
    CONSTRAINT uq_payout_account_reference UNIQUE (reference)
);

CREATE INDEX ix_payout_account_unfinished ON payout_account (id) WHERE status <> 'active';

CREATE TABLE payout (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    physician_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    fee_minor BIGINT,
    fee_currency CHAR(3),
    beneficiary TEXT NOT NULL,
    hold_id UUID NOT NULL,
    status TEXT NOT NULL,
    reference TEXT,
    vendor_status TEXT,
    failure TEXT,
    review TEXT,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retry_at TIMESTAMP WITH TIME ZONE,
    expected_at TIMESTAMP WITH TIME ZONE,
    checked_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payout PRIMARY KEY (id),
    CONSTRAINT ck_payout_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT fk_payout_hold_id FOREIGN KEY(hold_id) REFERENCES hold (id),
    CONSTRAINT uq_payout_reference UNIQUE (reference)
);

CREATE INDEX ix_payout_moving ON payout (status, checked_at) WHERE status in ('requested', 'sending', 'unknown', 'submitted');

CREATE INDEX ix_payout_paid ON payout (ended_at) WHERE status = 'paid';

CREATE INDEX ix_payout_physician_id ON payout (physician_id, id);

CREATE INDEX ix_payout_review ON payout (id) WHERE review is not null;

CREATE TABLE payout_attempt (
    id UUID NOT NULL,
    payout_id UUID NOT NULL,
    sequence SMALLINT NOT NULL,
    status TEXT NOT NULL,
    failure TEXT,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payout_attempt PRIMARY KEY (id),
    CONSTRAINT fk_payout_attempt_payout_id FOREIGN KEY(payout_id) REFERENCES payout (id)
);

CREATE UNIQUE INDEX ix_payout_attempt_payout_id ON payout_attempt (payout_id, sequence);
"""


def upgrade() -> None:
    op.execute(_TABLES)


def downgrade() -> None:
    op.execute("drop table payout_attempt, payout, payout_account")
