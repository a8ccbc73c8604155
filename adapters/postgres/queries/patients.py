"""
Patients' records, read straight from the tables and opened.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, func, or_, select

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.repositories.identity import EMAIL_INDEX, opened_email
from adapters.postgres.repositories.patients import (
    current_texts,
    opened_facts,
    opened_patient,
    read_text,
)
from adapters.postgres.tables.identity import app_user
from adapters.postgres.tables.patients import consent, health_profile, patient, patient_key
from adapters.security.encryption import BlindIndex, PatientVault, PlatformCipher, Vaults
from application.patients.queries import ConsentView, PatientSummary, PatientView
from application.shared.pages import Page
from domain.patients.consent import ConsentKind, ConsentText
from domain.patients.health_profile import HealthFacts
from domain.patients.patient import PatientStatus
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import PatientId

_KEPT = patient.c.status == PatientStatus.ACTIVE.value

# All of a record in one statement, its key included.
_RECORD = (
    select(
        patient,
        app_user.c.email,
        health_profile.c.profile,
        health_profile.c.updated_at.label("health_updated_at"),
        patient_key.c.wrapped_key,
        patient_key.c.key_version,
        func.array(
            select(consent.c.kind)
            .where(consent.c.patient_id == patient.c.id, consent.c.withdrawn_at.is_(None))
            .scalar_subquery()
        ).label("consent_kinds"),
    )
    .join(app_user, app_user.c.id == patient.c.user_id)
    .join(patient_key, patient_key.c.patient_id == patient.c.id)
    .outerjoin(health_profile, health_profile.c.patient_id == patient.c.id)
)


class PostgresPatientQueries:
    """Records, opened for those whom the use case let in."""

    def __init__(
        self,
        engine: Engine,
        vaults: Vaults,
        platform_cipher: PlatformCipher,
        blind_index: BlindIndex,
    ) -> None:
        # Each method reads with one statement: a transaction around it would only cost time.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._vaults = vaults
        self._cipher = platform_cipher
        self._blind_index = blind_index

    def find(self, patient_id: PatientId) -> PatientView | None:
        with self._engine.connect() as connection:
            row = (
                connection.execute(_RECORD.where(patient.c.id == patient_id, _KEPT))
                .mappings()
                .one_or_none()
            )
            if row is None:
                return None
            vault = self._vaults.on(connection)
            vault.learn(patient_id, row["wrapped_key"], row["key_version"])
            return self._view(row, vault)

    def search(
        self, *, email: EmailAddress | None, phone: PhoneNumber | None
    ) -> Sequence[PatientSummary]:
        wanted: list[ColumnElement[bool]] = []
        if email is not None:
            index = self._blind_index.of(EMAIL_INDEX, email.canonical)
            wanted.append(
                patient.c.user_id.in_(select(app_user.c.id).where(app_user.c.email_index == index))
            )
        if phone is not None:
            index = self._blind_index.of("patient.phone", phone.value)
            wanted.append(patient.c.phone_index == index)
        if not wanted:
            return []
        return self._summaries(or_(*wanted))

    def summaries(self, patient_ids: Sequence[PatientId]) -> Sequence[PatientSummary]:
        found = {each.id: each for each in self._summaries(patient.c.id.in_(patient_ids))}
        return [found[each] for each in patient_ids if each in found]

    def list_patients(self, *, limit: int, cursor: str | None) -> Page[PatientSummary]:
        statement = select(patient).where(_KEPT).order_by(patient.c.id.desc()).limit(limit + 1)
        if (last := read_id_cursor(cursor)) is not None:
            statement = statement.where(patient.c.id < last)
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
            vault = self._vault_for(connection, rows)
            return page_of(
                rows,
                limit=limit,
                view=lambda row: _summary(row, vault),
                cursor=lambda row: write_cursor(row["id"]),
            )

    def consents(self, patient_id: PatientId, *, language: str) -> Sequence[ConsentView]:
        with self._engine.connect() as connection:
            given = {
                row.kind: row
                for row in connection.execute(
                    select(consent).where(
                        consent.c.patient_id == patient_id, consent.c.withdrawn_at.is_(None)
                    )
                )
            }
            return [
                ConsentView(
                    text=text,
                    given_version=given[text.kind].text_version if text.kind in given else None,
                    given_at=given[text.kind].given_at if text.kind in given else None,
                )
                for text in _texts(connection, language)
            ]

    def consent_texts(self, *, language: str) -> Sequence[ConsentText]:
        with self._engine.connect() as connection:
            return _texts(connection, language)

    def _summaries(self, condition: ColumnElement[bool]) -> list[PatientSummary]:
        with self._engine.connect() as connection:
            rows = (
                connection.execute(
                    select(patient).where(condition, _KEPT).order_by(patient.c.id.desc())
                )
                .mappings()
                .all()
            )
            vault = self._vault_for(connection, rows)
            return [_summary(row, vault) for row in rows]

    def _vault_for(self, connection: Connection, rows: Sequence[RowMapping]) -> PatientVault:
        vault = self._vaults.on(connection)
        vault.preload(row["id"] for row in rows)
        return vault

    def _view(self, row: RowMapping, vault: PatientVault) -> PatientView:
        record = opened_patient(row, vault)
        sealed = row["profile"]
        return PatientView(
            id=record.id,
            user_id=record.user_id,
            name=record.name,
            date_of_birth=record.date_of_birth,
            sex=record.sex,
            email=opened_email(self._cipher, record.user_id, row["email"]),
            phone=record.phone.value if record.phone else None,
            address=record.address,
            place=record.place,
            time_zone=record.time_zone,
            locale=record.locale,
            health=opened_facts(sealed, record.id, vault) if sealed else HealthFacts(),
            health_updated_at=row["health_updated_at"],
            consents=frozenset(map(ConsentKind, row["consent_kinds"])),
            registered_at=record.registered_at,
        )


def _summary(row: RowMapping, vault: PatientVault) -> PatientSummary:
    record = opened_patient(row, vault)
    return PatientSummary(
        id=record.id,
        name=record.name,
        date_of_birth=record.date_of_birth,
        place=record.place,
        registered_at=record.registered_at,
    )


def _texts(connection: Connection, language: str) -> list[ConsentText]:
    rows = connection.execute(current_texts(list(ConsentKind), language=language)).mappings()
    return [read_text(row) for row in rows]
