"""
Physicians, their licences and contracts. A physician's name is public; nothing here is PHI.
"""

from sqlalchemy import Column, Date, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.registry import metadata

physician = Table(
    "physician",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("user_id", Uuid, ForeignKey("app_user.id"), nullable=False, unique=True),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("specialties", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("suspension", Text),
    Column("applied_at", DateTime(timezone=True), nullable=False),
    Column("identity_attempt", Integer),
    Column("identity_status", Text),
    Column("identity_reference", Text, unique=True),
    Column("identity_checked_fields", ARRAY(Text), nullable=False),
    Column("identity_failure", Text),
    Column("identity_updated_at", DateTime(timezone=True)),
    Column("payout_account", Text, nullable=False),
    Index("ix_physician_status_applied_at", "status", "applied_at", "id"),
)

licence = Table(
    "licence",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("physician_id", Uuid, ForeignKey("physician.id"), nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("refusal", Text),
    Column("attestations", JSONB, nullable=False),
    Column("registry_reference", Text),
    Column("checked_at", DateTime(timezone=True)),
    Index("ix_licence_physician_id", "physician_id", "id"),
    Index(
        "ix_licence_checked_at",
        "checked_at",
        postgresql_where=text("status = 'verified'"),
    ),
)

physician_contract = Table(
    "physician_contract",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("physician_id", Uuid, ForeignKey("physician.id"), nullable=False),
    Column("commission_plan_id", Uuid, nullable=False),
    Column("commission_plan_version", Integer, nullable=False),
    Column("offered_at", DateTime(timezone=True), nullable=False),
    Column("signed_at", DateTime(timezone=True)),
    Index("ix_physician_contract_physician_id", "physician_id", "signed_at"),
)
