"""
Documents. Their contents lie sealed in the object storage, under `object_key`.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from adapters.postgres.tables.registry import metadata

document = Table(
    "document",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("patient_id", Uuid, ForeignKey("patient.id"), nullable=False),
    Column("consultation_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("filename", LargeBinary, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("refusal", Text),
    Column("object_key", Text, nullable=False, unique=True),
    Column("uploaded_by", Uuid),
    Column("uploaded_at", DateTime(timezone=True), nullable=False),
    Column("scanned_at", DateTime(timezone=True)),
    Index("ix_document_patient_id", "patient_id", "id"),
    Index("ix_document_consultation_id", "consultation_id", "id"),
    Index(
        "ix_document_quarantined", "uploaded_at", postgresql_where=text("status = 'quarantined'")
    ),
)
