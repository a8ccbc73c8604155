"""
Payout accounts, payouts, the attempts to send them, and when they are asked for by themselves. No bank details: the vendor has them.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, CHAR, JSONB

from adapters.postgres.tables.registry import metadata

payout_account = Table(
    "payout_account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("physician_id", Uuid, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("reference", Text, unique=True),
    Column("beneficiary", Text),
    Column("bank_last_four", Text),
    Column("bank_fingerprint", Text),
    Column("bank_currency", CHAR(3)),
    Column("bank_country", CHAR(2)),
    Column("bank_changed_at", DateTime(timezone=True)),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("checked_at", DateTime(timezone=True)),
    Column("requirements", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("linking", JSONB),
    Index("ix_payout_account_linking", "id", postgresql_where=text("linking is not null")),
    Index("ix_payout_account_unfinished", "id", postgresql_where=text("status <> 'active'")),
)

payout = Table(
    "payout",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("physician_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("fee_minor", BigInteger),
    Column("fee_currency", CHAR(3)),
    Column("beneficiary", Text, nullable=False),
    Column("hold_id", Uuid, ForeignKey("hold.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("reference", Text, unique=True),
    Column("vendor_status", Text),
    Column("failure", Text),
    Column("review", Text),
    Column("above_limit", Boolean, nullable=False, server_default=text("false")),
    Column("occasion", Text, unique=True),
    Column("question", SmallInteger, nullable=False, server_default=text("0")),
    Column("declined_because", Text),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("retry_at", DateTime(timezone=True)),
    Column("expected_at", DateTime(timezone=True)),
    Column("checked_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    Index("ix_payout_physician_id", "physician_id", "id"),
    Index(
        "ix_payout_moving",
        "status",
        "checked_at",
        postgresql_where=text("status in ('requested', 'sending', 'unknown', 'submitted')"),
    ),
    Index("ix_payout_paid", "ended_at", postgresql_where=text("status = 'paid'")),
    Index("ix_payout_review", "id", postgresql_where=text("review is not null")),
    Index("ix_payout_approval", "id", postgresql_where=text("status = 'awaiting_approval'")),
)

payout_attempt = Table(
    "payout_attempt",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("payout_id", Uuid, ForeignKey("payout.id"), nullable=False),
    Column("sequence", SmallInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("failure", Text),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Index("ix_payout_attempt_payout_id", "payout_id", "sequence", unique=True),
)

payout_signature = Table(
    "payout_signature",
    metadata,
    Column("payout_id", Uuid, ForeignKey("payout.id"), primary_key=True),
    Column("sequence", SmallInteger, primary_key=True, autoincrement=False),
    Column("question", SmallInteger, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("note", Text),
    Column("signed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("payout_id", "question", "user_id", name="uq_payout_signature_user_id"),
)

payout_schedule = Table(
    "payout_schedule",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("physician_id", Uuid, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("cadence", Text, nullable=False),
    Column("weekday", SmallInteger),
    Column("day_of_month", SmallInteger),
    Column("minimum_minor", BigInteger),
    Column("chosen_at", DateTime(timezone=True), nullable=False),
    Column("served_until", Date, nullable=False),
    Column("reached", Integer, nullable=False),
    Column("next_at", DateTime(timezone=True)),
    UniqueConstraint("physician_id", "currency", name="uq_payout_schedule_physician_id"),
    Index("ix_payout_schedule_next_at", "next_at", postgresql_where=text("next_at is not null")),
)

payout_schedule_run = Table(
    "payout_schedule_run",
    metadata,
    Column("schedule_id", Uuid, ForeignKey("payout_schedule.id"), primary_key=True),
    Column("period", Text, primary_key=True),
    Column("ran_at", DateTime(timezone=True), nullable=False),
    Column("payout_id", Uuid, ForeignKey("payout.id"), unique=True),
    Column("amount_minor", BigInteger),
    Column("reason", Text),
    CheckConstraint("num_nonnulls(payout_id, reason) = 1", name="outcome"),
    Index("ix_payout_schedule_run_ran_at", "schedule_id", "ran_at"),
)
