"""
Requests for money and what was sent to the payout vendor; what the vendor wants of a physician,
and bank details on their way to it.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE funding_request (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    amount_minor BIGINT NOT NULL,
    received_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    due_on DATE NOT NULL,
    status TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_funding_request PRIMARY KEY (id),
    CONSTRAINT ck_funding_request_amount_minor CHECK (amount_minor > 0)
);

CREATE UNIQUE INDEX ix_funding_request_open ON funding_request (currency) WHERE status = 'open';

CREATE TABLE float_funding (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    reference TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    funding_request_id UUID,
    reversed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_float_funding PRIMARY KEY (id),
    CONSTRAINT ck_float_funding_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT fk_float_funding_funding_request_id FOREIGN KEY(funding_request_id) REFERENCES funding_request (id),
    CONSTRAINT uq_float_funding_reference UNIQUE (reference)
);

CREATE INDEX ix_float_funding_occurred_at ON float_funding (occurred_at);

ALTER TABLE payout_account ADD COLUMN requirements TEXT[] NOT NULL DEFAULT '{}';

ALTER TABLE payout_account ADD COLUMN linking JSONB;

CREATE INDEX ix_payout_account_linking ON payout_account (id) WHERE linking is not null;
"""


def upgrade() -> None:
    op.execute(_TABLES)


def downgrade() -> None:
    op.execute("alter table payout_account drop column linking, drop column requirements")
    op.execute("drop table float_funding, funding_request")
