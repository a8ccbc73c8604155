"""
Pharmacies, what patients prefer, orders.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_pharmacy()
    _create_pharmacy_preference()
    _create_pharmacy_order()


def downgrade() -> None:
    op.drop_table("pharmacy_order")
    op.drop_table("pharmacy_preference")
    op.drop_table("pharmacy")


def _create_pharmacy() -> None:
    op.create_table(
        "pharmacy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("network_reference", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("delivers", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("preference", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pharmacy"),
        sa.UniqueConstraint(
            "network", "network_reference", name="uq_pharmacy_network_network_reference"
        ),
    )
    op.create_index("ix_pharmacy_place", "pharmacy", ["place"], unique=False)


def _create_pharmacy_preference() -> None:
    op.create_table(
        "pharmacy_preference",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("pharmacy_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name="fk_pharmacy_preference_patient_id"
        ),
        sa.ForeignKeyConstraint(
            ["pharmacy_id"], ["pharmacy.id"], name="fk_pharmacy_preference_pharmacy_id"
        ),
        sa.PrimaryKeyConstraint("patient_id", name="pk_pharmacy_preference"),
    )


def _create_pharmacy_order() -> None:
    op.create_table(
        "pharmacy_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("lineage_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("pharmacy_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("vendor_status", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cancel_outcome", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("attention", sa.Text(), nullable=True),
        sa.Column("rerouted_to", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supplied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pharmacy_id"], ["pharmacy.id"], name="fk_pharmacy_order_pharmacy_id"
        ),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescription.id"], name="fk_pharmacy_order_prescription_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pharmacy_order"),
        sa.UniqueConstraint("reference", name="uq_pharmacy_order_reference"),
    )
    op.create_index(
        "ix_pharmacy_order_attention",
        "pharmacy_order",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("attention is not null"),
    )
    op.create_index(
        "ix_pharmacy_order_lineage_id", "pharmacy_order", ["lineage_id", "id"], unique=False
    )
    op.create_index(
        "ix_pharmacy_order_patient_id", "pharmacy_order", ["patient_id", "id"], unique=False
    )
    op.create_index(
        "ix_pharmacy_order_prescription_id",
        "pharmacy_order",
        ["prescription_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_pharmacy_order_unsettled",
        "pharmacy_order",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text(
            "status = 'created' or status in ('sending', 'unknown', 'sent', 'received', 'preparing', 'ready', 'shipped')"
        ),
    )
    op.create_index(
        "uq_pharmacy_order_dispensable",
        "pharmacy_order",
        ["lineage_id"],
        unique=True,
        postgresql_where=sa.text(
            "status in ('sending', 'unknown', 'sent', 'received', 'preparing', 'ready', 'shipped')"
        ),
    )
