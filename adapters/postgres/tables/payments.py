"""
Payments and refunds.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR, JSONB

from adapters.postgres.tables.registry import metadata

payment = Table(
    "payment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("consultation_id", Uuid, nullable=False),
    Column("patient_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("status", Text, nullable=False),
    Column("reference", Text, unique=True),
    Column("failure_code", Text),
    Column("review", Text),
    Column("reserved_minor", BigInteger, nullable=False),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("disputed_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("delivery", JSONB(none_as_null=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("captured_at", DateTime(timezone=True)),
    Column("checked_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    CheckConstraint("reserved_minor between 0 and amount_minor", name="reserved_minor"),
    CheckConstraint("refunded_minor between 0 and reserved_minor", name="refunded_minor"),
    CheckConstraint("disputed_minor >= 0", name="disputed_minor"),
    # One payment at a time for a consultation, whatever two browser windows do.
    Index(
        "uq_payment_consultation_id",
        "consultation_id",
        unique=True,
        postgresql_where=text("status <> 'cancelled'"),
    ),
    Index("ix_payment_consultation_id", "consultation_id", "id"),
    Index("ix_payment_patient_id", "patient_id", "id"),
    Index(
        "ix_payment_unsettled",
        "created_at",
        postgresql_where=text("status in ('pending', 'failed', 'authorised')"),
    ),
    Index("ix_payment_review", "id", postgresql_where=text("review is not null")),
)

refund_quote = Table(
    "refund_quote",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("payment_id", Uuid, ForeignKey("payment.id"), nullable=False),
    Column("bearer", Text, nullable=False),
    Column("shares", JSONB, nullable=False),
    Column("quoted_at", DateTime(timezone=True), nullable=False),
)

refund = Table(
    "refund",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("payment_id", Uuid, ForeignKey("payment.id"), nullable=False),
    Column("consultation_id", Uuid, nullable=False),
    Column("quote_id", Uuid, ForeignKey("refund_quote.id"), unique=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("shares", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("reference", Text, unique=True),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("succeeded_at", DateTime(timezone=True)),
    Column("checked_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    Index("ix_refund_payment_id", "payment_id", "id"),
    Index(
        "ix_refund_unsettled",
        "requested_at",
        postgresql_where=text("status in ('requested', 'pending')"),
    ),
    Index(
        "ix_refund_succeeded",
        "succeeded_at",
        postgresql_where=text("status = 'succeeded'"),
    ),
)
