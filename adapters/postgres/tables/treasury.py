"""
Requests for money, and what was sent to the payout vendor.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR

from adapters.postgres.tables.registry import metadata

funding_request = Table(
    "funding_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("received_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    Index(
        "ix_funding_request_open",
        "currency",
        unique=True,
        postgresql_where=text("status = 'open'"),
    ),
)

float_funding = Table(
    "float_funding",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("reference", Text, nullable=False, unique=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("funding_request_id", Uuid, ForeignKey("funding_request.id")),
    Column("reversed_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    Index("ix_float_funding_occurred_at", "occurred_at"),
)
