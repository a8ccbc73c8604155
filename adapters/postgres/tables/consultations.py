"""
Consultations, letters and follow-ups. Answers, notes and letters are sealed.
"""

from sqlalchemy import (
    Boolean,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.registry import metadata

consultation = Table(
    "consultation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("patient_id", Uuid, ForeignKey("patient.id"), nullable=False),
    Column("service_id", Uuid, nullable=False),
    Column("service_version", Integer, nullable=False),
    Column("place", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("intake", LargeBinary, nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("saved_at", DateTime(timezone=True)),
    Column("submitted_at", DateTime(timezone=True)),
    Column("stop_reason", Text),
    Column("terms", JSONB),
    Column("commission_plan_id", Uuid),
    Column("commission_plan_version", Integer),
    Column("commission", JSONB(none_as_null=True)),
    Column("specialties", ARRAY(Text), nullable=False),
    Column("appointment_id", Uuid),
    Column("physician_id", Uuid, ForeignKey("physician.id")),
    Column("promise_made_at", DateTime(timezone=True)),
    Column("promised_by", DateTime(timezone=True)),
    Column("promise_broken_at", DateTime(timezone=True)),
    Column("note", LargeBinary),
    Column("note_signed_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("cancellation", Text),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("queued_at", DateTime(timezone=True)),
    Column("claimed_at", DateTime(timezone=True)),
    Column("opened_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Index("ix_consultation_patient_id", "patient_id", "id"),
    Index("ix_consultation_physician_id", "physician_id", "status", "id"),
    Index("ix_consultation_ended_at", "physician_id", "ended_at"),
    Index(
        "ix_consultation_waiting",
        "promised_by",
        "queued_at",
        "id",
        postgresql_where=text("status = 'waiting'"),
    ),
    Index(
        "ix_consultation_promise",
        "promised_by",
        postgresql_where=text("promise_broken_at is null and status in ('waiting', 'claimed')"),
    ),
    Index("ix_consultation_status", "status", "started_at"),
)

consultation_message = Table(
    "consultation_message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("consultation_id", Uuid, ForeignKey("consultation.id"), nullable=False),
    Column("patient_id", Uuid, nullable=False),
    Column("sender", Text, nullable=False),
    Column("sender_user_id", Uuid),
    Column("body", LargeBinary, nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("read_at", DateTime(timezone=True)),
    Index("ix_consultation_message_consultation_id", "consultation_id", "id"),
)

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("consultation_id", Uuid, ForeignKey("consultation.id"), nullable=False),
    Column("patient_id", Uuid, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("instructions", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Index("ix_follow_up_consultation_id", "consultation_id"),
    Index("ix_follow_up_due_at", "due_at", postgresql_where=text("status = 'scheduled'")),
)
