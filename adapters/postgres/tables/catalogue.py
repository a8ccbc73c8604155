"""
The service catalogue. A version is written once and never changed.
"""

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.registry import metadata

service = Table(
    "service",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("code", Text, nullable=False, unique=True),
    Column("current_version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("jurisdictions", ARRAY(Text), nullable=False),
    Index("ix_service_name", "name", "id"),
)

service_version = Table(
    "service_version",
    metadata,
    Column("service_id", Uuid, ForeignKey("service.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("platform_fee_minor", BigInteger, nullable=False),
    Column("capture_on", Text, nullable=False),
    Column("promised_response_minutes", Integer),
    Column("duration_minutes", Integer),
    Column("refund_policy", JSONB, nullable=False),
    Column("eligibility", JSONB, nullable=False),
    Column("questionnaire", JSONB, nullable=False),
    Column("specialties", ARRAY(Text), nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("service_id", "number"),
)
