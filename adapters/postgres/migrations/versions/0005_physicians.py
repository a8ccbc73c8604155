"""
Physicians, licences, contracts.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_physician()
    _create_licence()
    _create_contract()


def downgrade() -> None:
    op.drop_table("physician_contract")
    op.drop_table("licence")
    op.drop_table("physician")


def _create_physician() -> None:
    op.create_table(
        "physician",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("specialties", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("suspension", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("identity_attempt", sa.Integer(), nullable=True),
        sa.Column("identity_status", sa.Text(), nullable=True),
        sa.Column("identity_reference", sa.Text(), nullable=True),
        sa.Column("identity_checked_fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("identity_failure", sa.Text(), nullable=True),
        sa.Column("identity_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payout_account", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_physician_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_physician"),
        sa.UniqueConstraint("identity_reference", name="uq_physician_identity_reference"),
        sa.UniqueConstraint("user_id", name="uq_physician_user_id"),
    )
    op.create_index(
        "ix_physician_status_applied_at", "physician", ["status", "applied_at", "id"], unique=False
    )


def _create_licence() -> None:
    op.create_table(
        "licence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("attestations", postgresql.JSONB(), nullable=False),
        sa.Column("registry_reference", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name="fk_licence_physician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_licence"),
    )
    op.create_index("ix_licence_physician_id", "licence", ["physician_id", "id"], unique=False)
    op.create_index(
        "ix_licence_checked_at",
        "licence",
        ["checked_at"],
        unique=False,
        postgresql_where=sa.text("status = 'verified'"),
    )


def _create_contract() -> None:
    op.create_table(
        "physician_contract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("commission_plan_id", sa.Uuid(), nullable=False),
        sa.Column("commission_plan_version", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["physician_id"], ["physician.id"], name="fk_physician_contract_physician_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_physician_contract"),
    )
    op.create_index(
        "ix_physician_contract_physician_id",
        "physician_contract",
        ["physician_id", "signed_at"],
        unique=False,
    )
