"""
Consultations, letters, follow-ups.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_consultation()
    _create_consultation_message()
    _create_follow_up()


def downgrade() -> None:
    op.drop_table("follow_up")
    op.drop_table("consultation_message")
    op.drop_table("consultation")


def _create_consultation() -> None:
    op.create_table(
        "consultation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("service_version", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("intake", sa.LargeBinary(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_reason", sa.Text(), nullable=True),
        sa.Column("terms", postgresql.JSONB(), nullable=True),
        sa.Column("commission_plan_id", sa.Uuid(), nullable=True),
        sa.Column("commission_plan_version", sa.Integer(), nullable=True),
        sa.Column("specialties", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("physician_id", sa.Uuid(), nullable=True),
        sa.Column("promise_made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promise_broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("note_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("cancellation", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_consultation_patient_id"),
        sa.ForeignKeyConstraint(
            ["physician_id"], ["physician.id"], name="fk_consultation_physician_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consultation"),
    )
    op.create_index(
        "ix_consultation_patient_id", "consultation", ["patient_id", "id"], unique=False
    )
    op.create_index(
        "ix_consultation_physician_id",
        "consultation",
        ["physician_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        "ix_consultation_promise",
        "consultation",
        ["promised_by"],
        unique=False,
        postgresql_where=sa.text("promise_broken_at is null and status in ('waiting', 'claimed')"),
    )
    op.create_index(
        "ix_consultation_status", "consultation", ["status", "started_at"], unique=False
    )
    op.create_index(
        "ix_consultation_waiting",
        "consultation",
        ["promised_by", "queued_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )


def _create_consultation_message() -> None:
    op.create_table(
        "consultation_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_user_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_consultation_message_consultation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consultation_message"),
    )
    op.create_index(
        "ix_consultation_message_consultation_id",
        "consultation_message",
        ["consultation_id", "id"],
        unique=False,
    )


def _create_follow_up() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("instructions", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_follow_up_consultation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up"),
    )
    op.create_index("ix_follow_up_consultation_id", "follow_up", ["consultation_id"], unique=False)
    op.create_index(
        "ix_follow_up_due_at",
        "follow_up",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'scheduled'"),
    )
