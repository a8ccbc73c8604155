"""
Pharmacies and the orders that are sent to them. What an order holds is in its prescription.
"""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.postgres.tables.registry import metadata

DISPENSABLE = (
    "status in ('sending', 'unknown', 'sent', 'received', 'preparing', 'ready', 'shipped')"
)
ENDED = (
    "reference is not null"
    " and status in ('delivered', 'collected', 'cancelled', 'failed', 'rerouted')"
)

pharmacy = Table(
    "pharmacy",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("network_reference", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("delivers", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("preference", Integer, nullable=False),
    UniqueConstraint("network", "network_reference"),
    Index("ix_pharmacy_place", "place"),
)

pharmacy_preference = Table(
    "pharmacy_preference",
    metadata,
    Column("patient_id", Uuid, ForeignKey("patient.id"), primary_key=True),
    Column("pharmacy_id", Uuid, ForeignKey("pharmacy.id"), nullable=False),
)

pharmacy_order = Table(
    "pharmacy_order",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("prescription_id", Uuid, ForeignKey("prescription.id"), nullable=False),
    Column("lineage_id", Uuid, nullable=False),
    Column("consultation_id", Uuid, nullable=False),
    Column("patient_id", Uuid, nullable=False),
    Column("pharmacy_id", Uuid, ForeignKey("pharmacy.id")),
    Column("status", Text, nullable=False),
    Column("reference", Text, unique=True),
    Column("vendor_status", Text),
    Column("attempts", Integer, nullable=False),
    Column("cancel_outcome", Text),
    Column("failure", Text),
    Column("attention", Text),
    Column("settled", ARRAY(Text), nullable=False, server_default="{}"),
    Column("fills", Integer, nullable=False, server_default="0"),
    Column("rerouted_to", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("sending_at", DateTime(timezone=True)),
    Column("sent_at", DateTime(timezone=True)),
    Column("supplied_at", DateTime(timezone=True)),
    Column("cancel_requested_at", DateTime(timezone=True)),
    # Two copies that can be dispensed cannot be stored, whatever the code does.
    Index(
        "uq_pharmacy_order_dispensable",
        "lineage_id",
        unique=True,
        postgresql_where=text(DISPENSABLE),
    ),
    Index("ix_pharmacy_order_prescription_id", "prescription_id", "id"),
    Index("ix_pharmacy_order_lineage_id", "lineage_id", "id"),
    Index("ix_pharmacy_order_patient_id", "patient_id", "id"),
    Index(
        "ix_pharmacy_order_unsettled",
        "updated_at",
        postgresql_where=text(f"status = 'created' or {DISPENSABLE}"),
    ),
    Index("ix_pharmacy_order_ended", "updated_at", postgresql_where=text(ENDED)),
    Index(
        "ix_pharmacy_order_attention",
        "updated_at",
        postgresql_where=text("attention is not null"),
    ),
)
