"""
Prescriptions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_prescription()


def downgrade() -> None:
    op.drop_table("prescription")


def _create_prescription() -> None:
    op.create_table(
        "prescription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lineage_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("prescriber_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("items", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("rule_pack", sa.Text(), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_prescription_consultation_id"
        ),
        sa.ForeignKeyConstraint(
            ["prescriber_id"], ["physician.id"], name="fk_prescription_prescriber_id"
        ),
        sa.ForeignKeyConstraint(["replaces"], ["prescription.id"], name="fk_prescription_replaces"),
        sa.PrimaryKeyConstraint("id", name="pk_prescription"),
    )
    op.create_index(
        "ix_prescription_consultation_id", "prescription", ["consultation_id", "id"], unique=False
    )
    op.create_index("ix_prescription_lineage_id", "prescription", ["lineage_id"], unique=False)
    op.create_index(
        "ix_prescription_patient_id", "prescription", ["patient_id", "id"], unique=False
    )
