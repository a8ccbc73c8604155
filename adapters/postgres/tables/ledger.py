"""
The books, in a schema of their own, and beside them earnings and holds.

The tables of the schema `ledger` are written by its function `post` alone: see migration 0012
for the function, the triggers that keep the balances, and those that forbid changes.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR

from adapters.postgres.tables.registry import metadata

account = Table(
    "account",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("normal_side", Text, nullable=False),
    Column("floor", BigInteger),
    Column("shards", SmallInteger, nullable=False),
    UniqueConstraint("code", "currency", name="uq_account_code"),
    UniqueConstraint("id", "currency", name="uq_account_id"),
    CheckConstraint("normal_side in ('debit', 'credit')", name="normal_side"),
    CheckConstraint("shards = 1 or (shards > 1 and floor is null)", name="shards"),
    schema="ledger",
)

balance = Table(
    "balance",
    metadata,
    Column("account_id", BigInteger, ForeignKey("ledger.account.id"), primary_key=True),
    Column("shard", SmallInteger, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
    Column("floor", BigInteger),
    CheckConstraint("floor is null or amount >= floor", name="floor"),
    schema="ledger",
)

journal_entry = Table(
    "journal_entry",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("postings", SmallInteger, nullable=False),
    Column("resolves", Uuid, ForeignKey("ledger.journal_entry.id")),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("postings > 0", name="postings"),
    Index("ix_journal_entry_cause", "cause"),
    Index("ix_journal_entry_occurred_at", "occurred_at"),
    Index("ix_journal_entry_recorded_at", "recorded_at", "id"),
    Index(
        "uq_journal_entry_resolves",
        "resolves",
        unique=True,
        postgresql_where=text("resolves is not null"),
    ),
    schema="ledger",
)

posting = Table(
    "posting",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    Column("sequence", SmallInteger, primary_key=True, autoincrement=False),
    Column("debit_account_id", BigInteger, nullable=False),
    Column("credit_account_id", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("debit_account_id <> credit_account_id", name="accounts"),
    Index("ix_posting_debit_account_id", "debit_account_id"),
    Index("ix_posting_credit_account_id", "credit_account_id"),
    schema="ledger",
)

lot = Table(
    "lot",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("physician_id", Uuid, nullable=False),
    Column("consultation_id", Uuid, nullable=False, unique=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("earned_at", DateTime(timezone=True), nullable=False),
    Column("matures_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("remaining_minor", BigInteger, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    CheckConstraint("remaining_minor between 0 and amount_minor", name="remaining_minor"),
    Index(
        "ix_lot_available",
        "physician_id",
        "currency",
        "matures_at",
        "id",
        postgresql_where=text("status = 'available' and remaining_minor > 0"),
    ),
    Index("ix_lot_pending", "matures_at", postgresql_where=text("status = 'pending'")),
    Index("ix_lot_physician_id", "physician_id", "id"),
)

lot_use = Table(
    "lot_use",
    metadata,
    Column("lot_id", Uuid, ForeignKey("lot.id"), primary_key=True),
    Column("sequence", SmallInteger, primary_key=True, autoincrement=False),
    Column("taken_by", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("returned_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    Index("ix_lot_use_taken_by", "taken_by"),
)

hold = Table(
    "hold",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("physician_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("reason", Text, nullable=False),
    Column("cause", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("category", Text),
    Column("review_until", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    CheckConstraint("num_nonnulls(category, review_until) in (0, 2)", name="review"),
    Index(
        "ix_hold_review_until",
        "review_until",
        "id",
        postgresql_where=text("status = 'placed' and review_until is not null"),
    ),
    Index("ix_hold_placed", "physician_id", postgresql_where=text("status = 'placed'")),
)
