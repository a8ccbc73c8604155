"""
Payments, refunds, commission plans.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE commission_plan (
    id UUID NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    rules JSONB NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_commission_plan PRIMARY KEY (id, number)
);

CREATE TABLE payment (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    consultation_id UUID NOT NULL,
    patient_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    status TEXT NOT NULL,
    reference TEXT,
    failure_code TEXT,
    review TEXT,
    reserved_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    delivery JSONB,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    captured_at TIMESTAMP WITH TIME ZONE,
    checked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payment PRIMARY KEY (id),
    CONSTRAINT ck_payment_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_payment_reserved_minor CHECK (reserved_minor between 0 and amount_minor),
    CONSTRAINT ck_payment_refunded_minor CHECK (refunded_minor between 0 and reserved_minor),
    CONSTRAINT uq_payment_reference UNIQUE (reference)
);

CREATE INDEX ix_payment_consultation_id ON payment (consultation_id, id);

CREATE INDEX ix_payment_patient_id ON payment (patient_id, id);

CREATE INDEX ix_payment_review ON payment (id) WHERE review is not null;

CREATE INDEX ix_payment_unsettled ON payment (created_at) WHERE status in ('pending', 'failed', 'authorised');

CREATE UNIQUE INDEX uq_payment_consultation_id ON payment (consultation_id) WHERE status <> 'cancelled';

CREATE TABLE refund_quote (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    payment_id UUID NOT NULL,
    bearer TEXT NOT NULL,
    shares JSONB NOT NULL,
    quoted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_refund_quote PRIMARY KEY (id),
    CONSTRAINT fk_refund_quote_payment_id FOREIGN KEY(payment_id) REFERENCES payment (id)
);

CREATE TABLE refund (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    payment_id UUID NOT NULL,
    consultation_id UUID NOT NULL,
    quote_id UUID,
    amount_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    shares JSONB NOT NULL,
    status TEXT NOT NULL,
    reference TEXT,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    succeeded_at TIMESTAMP WITH TIME ZONE,
    checked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_refund PRIMARY KEY (id),
    CONSTRAINT ck_refund_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT fk_refund_payment_id FOREIGN KEY(payment_id) REFERENCES payment (id),
    CONSTRAINT uq_refund_quote_id UNIQUE (quote_id),
    CONSTRAINT fk_refund_quote_id FOREIGN KEY(quote_id) REFERENCES refund_quote (id),
    CONSTRAINT uq_refund_reference UNIQUE (reference)
);

CREATE INDEX ix_refund_payment_id ON refund (payment_id, id);

CREATE INDEX ix_refund_unsettled ON refund (requested_at) WHERE status in ('requested', 'pending');
"""


def upgrade() -> None:
    op.execute(_TABLES)


def downgrade() -> None:
    op.execute("drop table refund, refund_quote, payment, commission_plan")
