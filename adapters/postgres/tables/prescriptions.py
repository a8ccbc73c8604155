"""
Prescriptions. The medicines, findings and what was answered to them are sealed.
"""

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from adapters.postgres.tables.registry import metadata

prescription = Table(
    "prescription",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("lineage_id", Uuid, nullable=False),
    Column("consultation_id", Uuid, ForeignKey("consultation.id"), nullable=False),
    Column("patient_id", Uuid, nullable=False),
    Column("prescriber_id", Uuid, ForeignKey("physician.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("replaces", Uuid, ForeignKey("prescription.id")),
    Column("items", LargeBinary, nullable=False),
    Column("signature", LargeBinary),
    Column("rule_pack", Text),
    Column("signed_by", Uuid),
    Column("signed_at", DateTime(timezone=True)),
    Column("cancel_reason", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Index("ix_prescription_consultation_id", "consultation_id", "id"),
    Index("ix_prescription_patient_id", "patient_id", "id"),
    Index("ix_prescription_lineage_id", "lineage_id"),
)
