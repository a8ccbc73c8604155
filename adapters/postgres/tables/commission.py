"""
Commission plans, a row for each version. What was published is guarded by a trigger.
"""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import CHAR, JSONB

from adapters.postgres.tables.registry import metadata

commission_plan = Table(
    "commission_plan",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("code", Text, nullable=False, server_default=text("'standard'")),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False, server_default=text("'default'")),
    Column("scope", JSONB, nullable=False, server_default=text("'{}'")),
    Column("currency", CHAR(3)),
    Column("rules", JSONB, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'published'")),
    Column("revision", Integer, nullable=False, server_default=text("1")),
    Column("wished_from", DateTime(timezone=True)),
    Column("drafted_by", Uuid),
    Column("drafted_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("published_by", Uuid),
    Column("published_at", DateTime(timezone=True)),
    Column("effective_from", DateTime(timezone=True), server_default=text("now()")),
    Column("withdrawn_by", Uuid),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawal_reason", Text),
    Column("ends_at", DateTime(timezone=True)),
    CheckConstraint("status in ('draft', 'published', 'withdrawn')", name="status"),
    CheckConstraint("published_by <> drafted_by", name="two_people"),
    CheckConstraint("effective_from >= published_at", name="never_retroactive"),
    Index("uq_commission_plan_code", "code", "number", unique=True),
    Index("uq_commission_plan_draft", "id", unique=True, postgresql_where=text("status = 'draft'")),
)
