"""
What others tell of our money and what of it belongs together; breaks, periods, positions.

Items, memberships, balances and files are only ever added: see migration 0017 for the trigger.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, CHAR, JSONB, ExcludeConstraint

from adapters.postgres.tables.registry import metadata

reconciliation_item = Table(
    "reconciliation_item",
    metadata,
    Column("key", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("whose", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("counts_on", Date, nullable=False),
    Column("known_as", ARRAY(Text), nullable=False),
    Column("converted_minor", BigInteger),
    Column("converted_currency", CHAR(3)),
    Column("entry_id", Uuid, ForeignKey("ledger.journal_entry.id")),
    Column("imported_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("source", "whose", "external_id"),
    CheckConstraint("amount_minor <> 0", name="amount_minor"),
    CheckConstraint("(whose = 'ours') = (entry_id is not null)", name="entry_id"),
    Index("ix_reconciliation_item_at", "at", "key"),
    Index("ix_reconciliation_item_source", "source", "currency", "at"),
    Index("ix_reconciliation_item_known_as", "known_as", postgresql_using="gin"),
)

# Which entries of the journal were taken in, those included that moved nothing of a source.
reconciled_entry = Table(
    "reconciled_entry",
    metadata,
    Column("entry_id", Uuid, ForeignKey("ledger.journal_entry.id"), primary_key=True),
)

settlement_member = Table(
    "settlement_member",
    metadata,
    Column("source", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("batch", Text, nullable=False),
    Index("ix_settlement_member_batch", "batch"),
)

reconciliation_match = Table(
    "reconciliation_match",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("break_id", Uuid),
    Column("undone_at", DateTime(timezone=True)),
)

reconciliation_match_item = Table(
    "reconciliation_match_item",
    metadata,
    Column("match_id", Uuid, ForeignKey("reconciliation_match.id"), primary_key=True),
    Column("item_key", Text, ForeignKey("reconciliation_item.key"), primary_key=True),
    Column("undone", Boolean, nullable=False),
    # An item is in one match at most, whoever makes it.
    Index(
        "uq_reconciliation_match_item_item_key",
        "item_key",
        unique=True,
        postgresql_where=text("not undone"),
    ),
    Index("ix_reconciliation_match_item_undone", "item_key", postgresql_where=text("undone")),
)

reconciliation_break = Table(
    "reconciliation_break",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("items", ARRAY(Text), nullable=False),
    Column("differences", JSONB, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("first_seen_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("owner_role", Text, nullable=False),
    Column("owner_id", Uuid),
    Column("proposal", JSONB(none_as_null=True)),
    Column("approved_by", Uuid),
    Column("entry_id", Uuid, ForeignKey("ledger.journal_entry.id")),
    Column("explanation", Text),
    Column("explained_by", Uuid),
    Column("ended_at", DateTime(timezone=True)),
    Index("ix_reconciliation_break_items", "items", postgresql_using="gin"),
    Index("ix_reconciliation_break_subject", "subject"),
    Index(
        "ix_reconciliation_break_unanswered",
        "id",
        postgresql_where=text("status in ('open', 'proposed')"),
    ),
)

accounting_period = Table(
    "accounting_period",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_by", Uuid),
    Column("closed_at", DateTime(timezone=True)),
    CheckConstraint("ends_on >= starts_on", name="ends_later"),
    ExcludeConstraint(
        (text("daterange(starts_on, ends_on, '[]')"), "&&"),
        name="ex_accounting_period_no_overlap",
        using="gist",
    ),
)

reconciliation_feed = Table(
    "reconciliation_feed",
    metadata,
    Column("source", Text, primary_key=True),
    Column("position", Text, nullable=False),
    Column("covers_until", DateTime(timezone=True), nullable=False),
    Column("read_at", DateTime(timezone=True), nullable=False),
)

stated_balance = Table(
    "stated_balance",
    metadata,
    Column("source", Text, primary_key=True),
    Column("currency", CHAR(3), primary_key=True),
    Column("stated_by", Text, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("is_opening", Boolean, primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
)

statement_file = Table(
    "statement_file",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("imported_at", DateTime(timezone=True), nullable=False),
)

reconciliation_run = Table(
    "reconciliation_run",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
