"""
Disputes, and what the processor moved for them.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR, JSONB

from adapters.postgres.tables.registry import metadata

dispute = Table(
    "dispute",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("payment_id", Uuid, ForeignKey("payment.id"), nullable=False),
    Column("consultation_id", Uuid, nullable=False),
    Column("reference", Text, nullable=False, unique=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("inquiry", Boolean, nullable=False),
    Column("evidence_due_at", DateTime(timezone=True)),
    Column("evidence_sent_at", DateTime(timezone=True)),
    Column("owner_id", Uuid),
    Column("shares", JSONB(none_as_null=True)),
    Column("beyond_minor", BigInteger),
    Column("losses", SmallInteger, nullable=False),
    Column("reminders", SmallInteger, nullable=False, server_default=text("0")),
    Column("review", Text),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("checked_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    CheckConstraint("shares is null or beyond_minor is not null", name="shares"),
    Index("ix_dispute_payment_id", "payment_id", "id"),
    Index(
        "ix_dispute_undecided",
        "checked_at",
        postgresql_where=text("status in ('needs_response', 'under_review')"),
    ),
)

dispute_movement = Table(
    "dispute_movement",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("dispute_id", Uuid, ForeignKey("dispute.id"), nullable=False),
    Column("sequence", SmallInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("fee_currency", CHAR(3), nullable=False),
    Index("ix_dispute_movement_dispute_id", "dispute_id", "sequence", unique=True),
)
