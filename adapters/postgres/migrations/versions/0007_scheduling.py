"""
Hours, searchable days, appointments.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BLOCKING = sa.text("status in ('held', 'booked')")


def upgrade() -> None:
    op.execute("create type uuidrange as range (subtype = uuid)")
    _create_availability()
    _create_opening()
    _create_appointment()


def downgrade() -> None:
    op.drop_table("appointment")
    op.drop_table("opening")
    op.drop_table("availability")
    op.execute("drop type uuidrange")


def _create_availability() -> None:
    op.create_table(
        "availability",
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("weekly", postgresql.JSONB(), nullable=False),
        sa.Column("exceptions", postgresql.JSONB(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("minimum_notice_minutes", sa.Integer(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.Column("opened_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["physician_id"], ["physician.id"], name="fk_availability_physician_id"
        ),
        sa.PrimaryKeyConstraint("physician_id", name="pk_availability"),
    )
    op.create_index("ix_availability_opened_until", "availability", ["opened_until"], unique=False)


def _create_opening() -> None:
    op.create_table(
        "opening",
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("whole", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("hours", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name="fk_opening_physician_id"),
        sa.PrimaryKeyConstraint("physician_id", "day", name="pk_opening"),
    )
    op.create_index("ix_opening_day", "opening", ["day", "physician_id"], unique=False)


def _create_appointment() -> None:
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.CheckConstraint("end_at > start_at", name="ck_appointment_ends_later"),
        sa.ForeignKeyConstraint(
            ["physician_id"], ["physician.id"], name="fk_appointment_physician_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(physician_id, physician_id, '[]')"), "="),
            (sa.text("tstzrange(start_at, end_at)"), "&&"),
            name="ex_appointment_no_overlap",
            where=_BLOCKING,
            using="gist",
        ),
    )
    op.create_index(
        "uq_appointment_consultation_id",
        "appointment",
        ["consultation_id"],
        unique=True,
        postgresql_where=_BLOCKING,
    )
    op.create_index("ix_appointment_consultation_id", "appointment", ["consultation_id", "id"])
    op.create_index("ix_appointment_patient_id", "appointment", ["patient_id", "start_at"])
    op.create_index("ix_appointment_physician_id", "appointment", ["physician_id", "start_at"])
    op.create_index(
        "ix_appointment_hold_expires_at",
        "appointment",
        ["hold_expires_at"],
        postgresql_where=sa.text("status = 'held'"),
    )
