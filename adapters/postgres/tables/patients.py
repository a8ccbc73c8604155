"""
Patients. What identifies or describes them is sealed under the patient's own key.
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
    func,
    text,
)

from adapters.postgres.tables.registry import metadata

# No foreign key to patient: the key is made when the first value is sealed, before the row is
# there, and what remains of it outlives the row.
patient_key = Table(
    "patient_key",
    metadata,
    Column("patient_id", Uuid, primary_key=True),
    Column("wrapped_key", LargeBinary),
    Column("key_version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("destroyed_at", DateTime(timezone=True)),
    Index("ix_patient_key_key_version", "key_version"),
)

patient = Table(
    "patient",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("user_id", Uuid, ForeignKey("app_user.id"), nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("date_of_birth", LargeBinary, nullable=False),
    Column("sex", LargeBinary, nullable=False),
    Column("phone", LargeBinary),
    Column("phone_index", LargeBinary),
    Column("address", LargeBinary),
    Column("place", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("erased_at", DateTime(timezone=True)),
    Index("ix_patient_phone_index", "phone_index"),
)

health_profile = Table(
    "health_profile",
    metadata,
    Column("patient_id", Uuid, ForeignKey("patient.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("profile", LargeBinary, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

consent_text = Table(
    "consent_text",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("text_version", Integer, primary_key=True, autoincrement=False),
    Column("language", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
)

consent = Table(
    "consent",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("patient_id", Uuid, ForeignKey("patient.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("text_version", Integer, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
    Column("withdrawn_at", DateTime(timezone=True)),
    Index("ix_consent_patient_id", "patient_id", "id"),
    Index(
        "uq_consent_in_force",
        "patient_id",
        "kind",
        unique=True,
        postgresql_where=text("withdrawn_at is null"),
    ),
)
