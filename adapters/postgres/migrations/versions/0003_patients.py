"""
Patients, their keys, health profiles and consents.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


_CONSENT_TEXTS = (
    (
        "treatment",
        "en",
        "Consent to treatment",
        (
            "I ask a physician on this platform to assess me and to recommend or prescribe treatment."
            " I will answer truthfully and completely, and I know that I may stop at any time."
        ),
    ),
    (
        "treatment",
        "fr",
        "Consentement aux soins",
        (
            "Je demande à un médecin de cette plateforme de m'évaluer et de recommander ou prescrire"
            " un traitement. Mes réponses seront sincères et complètes, et je peux arrêter à tout"
            " moment."
        ),
    ),
    (
        "privacy",
        "en",
        "How your health information is used",
        (
            "My health information may be kept and used to care for me, and shown to the physicians"
            " and pharmacies involved in that care. Every access is recorded, and I can see the list."
        ),
    ),
    (
        "privacy",
        "fr",
        "Utilisation de vos données de santé",
        (
            "Mes données de santé peuvent être conservées et utilisées pour me soigner, et montrées"
            " aux médecins et pharmacies qui y participent. Chaque accès est enregistré et je peux en"
            " consulter la liste."
        ),
    ),
    (
        "telehealth",
        "en",
        "Care at a distance",
        (
            "I understand that the physician cannot examine me in person, that some conditions need"
            " care in person, and that in an emergency I must call the local emergency number."
        ),
    ),
    (
        "telehealth",
        "fr",
        "Soins à distance",
        (
            "Je comprends que le médecin ne peut pas m'examiner en personne, que certains cas exigent"
            " une consultation sur place et qu'en cas d'urgence je dois appeler les secours."
        ),
    ),
)


def upgrade() -> None:
    _create_patient_key()
    _create_patient()
    _create_health_profile()
    _create_consent_text()
    _create_consent()
    texts = sa.table(
        "consent_text",
        *(sa.column(name) for name in ("kind", "text_version", "language", "title", "body")),
        sa.column("published_at"),
    )
    op.bulk_insert(
        texts,
        [
            {
                "kind": kind,
                "text_version": 1,
                "language": language,
                "title": title,
                "body": body,
                "published_at": datetime(2026, 1, 1, tzinfo=UTC),
            }
            for kind, language, title, body in _CONSENT_TEXTS
        ],
    )


def downgrade() -> None:
    op.drop_table("consent")
    op.drop_table("consent_text")
    op.drop_table("health_profile")
    op.drop_table("patient")
    op.drop_table("patient_key")


def _create_patient_key() -> None:
    op.create_table(
        "patient_key",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("patient_id", name="pk_patient_key"),
    )
    op.create_index("ix_patient_key_key_version", "patient_key", ["key_version"], unique=False)


def _create_patient() -> None:
    op.create_table(
        "patient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("date_of_birth", sa.LargeBinary(), nullable=False),
        sa.Column("sex", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_patient_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
        sa.UniqueConstraint("user_id", name="uq_patient_user_id"),
    )
    op.create_index("ix_patient_phone_index", "patient", ["phone_index"], unique=False)


def _create_health_profile() -> None:
    op.create_table(
        "health_profile",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name="fk_health_profile_patient_id"
        ),
        sa.PrimaryKeyConstraint("patient_id", name="pk_health_profile"),
    )


def _create_consent_text() -> None:
    op.create_table(
        "consent_text",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "text_version", "language", name="pk_consent_text"),
    )


def _create_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_consent_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_patient_id", "consent", ["patient_id", "id"], unique=False)
    op.create_index(
        "uq_consent_in_force",
        "consent",
        ["patient_id", "kind"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
