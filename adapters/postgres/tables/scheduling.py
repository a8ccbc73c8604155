"""
When physicians work, the days that can be searched, and appointments.

`uuidrange` is a range type over uuid: it lets an exclusion constraint compare a uuid by
GiST without the btree_gist extension.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZMULTIRANGE, TSTZRANGE, ExcludeConstraint

from adapters.postgres.tables.registry import metadata

BLOCKING = "status in ('held', 'booked')"

availability = Table(
    "availability",
    metadata,
    Column("physician_id", Uuid, ForeignKey("physician.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("weekly", JSONB, nullable=False),
    Column("exceptions", JSONB, nullable=False),
    Column("buffer_minutes", Integer, nullable=False),
    Column("minimum_notice_minutes", Integer, nullable=False),
    Column("daily_cap", Integer),
    Column("opened_until", Date),
    Index("ix_availability_opened_until", "opened_until"),
)

opening = Table(
    "opening",
    metadata,
    Column("physician_id", Uuid, ForeignKey("physician.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("whole", TSTZRANGE, nullable=False),
    Column("hours", TSTZMULTIRANGE, nullable=False),
    PrimaryKeyConstraint("physician_id", "day"),
    Index("ix_opening_day", "day", "physician_id"),
)

appointment = Table(
    "appointment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("physician_id", Uuid, ForeignKey("physician.id"), nullable=False),
    Column("patient_id", Uuid, nullable=False),
    Column("consultation_id", Uuid, nullable=False),
    Column("start_at", DateTime(timezone=True), nullable=False),
    Column("end_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("hold_expires_at", DateTime(timezone=True)),
    Column("lost", Boolean, nullable=False),
    Column("moved", Integer, nullable=False),
    CheckConstraint("end_at > start_at", name="ends_later"),
    ExcludeConstraint(
        (text("uuidrange(physician_id, physician_id, '[]')"), "="),
        (text("tstzrange(start_at, end_at)"), "&&"),
        name="ex_appointment_no_overlap",
        where=text(BLOCKING),
        using="gist",
    ),
    Index(
        "uq_appointment_consultation_id",
        "consultation_id",
        unique=True,
        postgresql_where=text(BLOCKING),
    ),
    Index("ix_appointment_consultation_id", "consultation_id", "id"),
    Index("ix_appointment_patient_id", "patient_id", "start_at"),
    Index("ix_appointment_physician_id", "physician_id", "start_at"),
    Index("ix_appointment_booked", "start_at", postgresql_where=text("status = 'booked'")),
    Index(
        "ix_appointment_hold_expires_at",
        "hold_expires_at",
        postgresql_where=text("status = 'held'"),
    ),
)
