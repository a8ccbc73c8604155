"""
Patients' records in PostgreSQL, sealed column by column.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, desc, exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.patients import (
    consent,
    consent_text,
    health_profile,
    patient,
    patient_key,
)
from adapters.security.encryption import PatientVault
from domain.patients.consent import Consent, ConsentKind, ConsentText, ConsentTextNotFound
from domain.patients.erasure import RecordErased
from domain.patients.health_profile import (
    HealthEntry,
    HealthFacts,
    HealthProfile,
    PregnancyStatus,
)
from domain.patients.patient import (
    Patient,
    PatientNotFound,
    PatientStatus,
    PersonName,
    PostalAddress,
    Sex,
)
from domain.shared.contact import PhoneNumber
from domain.shared.ids import PatientId
from domain.shared.jurisdiction import Jurisdiction

_FALLBACK_LANGUAGE = "en"


class PostgresPatients:
    """Patients' records."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Patient) -> None:
        insert_row(self._scope, patient, new, _patient_row(new, self._scope))

    def get(self, patient_id: PatientId) -> Patient:
        return self._one(select(patient).where(patient.c.id == patient_id).with_for_update())

    def read(self, patient_id: PatientId) -> Patient:
        return self._one(select(patient).where(patient.c.id == patient_id))

    def save(self, changed: Patient) -> None:
        update_row(self._scope, patient, changed, changed.id, _patient_row(changed, self._scope))

    def erase(self, erased: Patient) -> None:
        update_row(
            self._scope,
            patient,
            erased,
            erased.id,
            {"status": erased.status.value, "erased_at": erased.erased_at, "phone_index": None},
        )
        self._scope.vault.destroy_key(erased.id, now=self._scope.clock.now())

    def _one(self, statement: Select[Any]) -> Patient:
        row = self._scope.connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise PatientNotFound("There is no such patient.")
        if row["status"] == PatientStatus.ERASED.value:
            raise RecordErased("This record was erased.")
        return opened_patient(row, self._scope.vault)


class PostgresHealthProfiles:
    """What patients say of their health."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def of(self, patient_id: PatientId) -> HealthProfile:
        return self._find(patient_id, lock=True)

    def read(self, patient_id: PatientId) -> HealthProfile:
        return self._find(patient_id, lock=False)

    def save(self, profile: HealthProfile) -> None:
        row = {
            "patient_id": profile.patient_id,
            "profile": self._scope.vault.seal(
                profile.patient_id, "health_profile.profile", _facts_written(profile.facts)
            ),
            "updated_at": profile.updated_at,
        }
        # Two devices may write the first profile at once: the later one replaces it.
        self._scope.connection.execute(
            upsert(health_profile)
            .values(**row, version=1)
            .on_conflict_do_update(
                index_elements=["patient_id"],
                set_={**row, "version": health_profile.c.version + 1},
            )
        )
        profile.version += 1
        self._scope.collect(profile)

    def _find(self, patient_id: PatientId, *, lock: bool) -> HealthProfile:
        statement = select(health_profile).where(health_profile.c.patient_id == patient_id)
        row = (
            self._scope.connection.execute(statement.with_for_update() if lock else statement)
            .mappings()
            .one_or_none()
        )
        if row is None:
            return HealthProfile(patient_id=patient_id)
        return HealthProfile(
            patient_id=patient_id,
            version=row["version"],
            facts=opened_facts(row["profile"], patient_id, self._scope.vault),
            updated_at=row["updated_at"],
        )


class PostgresConsents:
    """Consents and the texts that they are given to."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Consent) -> None:
        insert_row(self._scope, consent, new, _consent_row(new))

    def in_force(self, patient_id: PatientId, kind: ConsentKind) -> Consent | None:
        row = (
            self._scope.connection.execute(
                select(consent)
                .where(
                    consent.c.patient_id == patient_id,
                    consent.c.kind == kind.value,
                    consent.c.withdrawn_at.is_(None),
                )
                .with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        return None if row is None else _consent(row)

    def kinds_in_force(self, patient_id: PatientId) -> frozenset[ConsentKind]:
        kinds = self._scope.connection.scalars(
            select(consent.c.kind).where(
                consent.c.patient_id == patient_id, consent.c.withdrawn_at.is_(None)
            )
        )
        return frozenset(map(ConsentKind, kinds))

    def save(self, changed: Consent) -> None:
        update_row(self._scope, consent, changed, changed.id, _consent_row(changed))

    def current_text(self, kind: ConsentKind, *, language: str) -> ConsentText:
        row = (
            self._scope.connection.execute(current_texts([kind], language=language))
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise ConsentTextNotFound("There is no such text.")
        return read_text(row)


def is_kept(patient_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether what belongs to this patient can still be opened."""
    return ~exists().where(
        patient_key.c.patient_id == patient_id, patient_key.c.destroyed_at.is_not(None)
    )


def current_texts(kinds: list[ConsentKind], *, language: str) -> Select[Any]:
    """Select the newest text of each kind, in this language or else in English."""
    short = language.partition("-")[0]
    return (
        select(consent_text)
        .ext(distinct_on(consent_text.c.kind))
        .where(
            consent_text.c.kind.in_([kind.value for kind in kinds]),
            consent_text.c.language.in_([language, short, _FALLBACK_LANGUAGE]),
        )
        .order_by(
            consent_text.c.kind,
            desc(consent_text.c.text_version),
            desc(consent_text.c.language == language),
            desc(consent_text.c.language == short),
        )
    )


def read_text(row: RowMapping) -> ConsentText:
    """Read a row of `consent_text`."""
    return ConsentText(
        kind=ConsentKind(row["kind"]),
        version=row["text_version"],
        language=row["language"],
        title=row["title"],
        body=row["body"],
        published_at=row["published_at"],
    )


def opened_patient(row: RowMapping, vault: PatientVault) -> Patient:
    """Read a row of `patient` that was not erased."""
    phone = _opened(vault, row, "phone")
    address = _opened(vault, row, "address")
    return Patient(
        id=row["id"],
        version=row["version"],
        user_id=row["user_id"],
        name=PersonName(**_opened(vault, row, "name")),
        date_of_birth=date.fromisoformat(_opened(vault, row, "date_of_birth")),
        sex=Sex(_opened(vault, row, "sex")),
        phone=PhoneNumber(phone) if phone else None,
        address=_address(address) if address else None,
        place=Jurisdiction(row["place"]),
        time_zone=row["time_zone"],
        locale=row["locale"],
        status=PatientStatus(row["status"]),
        registered_at=row["registered_at"],
        erased_at=row["erased_at"],
    )


def opened_facts(sealed: bytes, patient_id: UUID, vault: PatientVault) -> HealthFacts:
    """Open the column `health_profile.profile`."""
    facts = vault.open(patient_id, "health_profile.profile", sealed)
    return HealthFacts(
        allergies=_entries(facts["allergies"]),
        conditions=_entries(facts["conditions"]),
        medications=_entries(facts["medications"]),
        pregnancy=PregnancyStatus(facts["pregnancy"]),
    )


def _opened(vault: PatientVault, row: RowMapping, column: str) -> Any:
    sealed = row[column]
    return None if sealed is None else vault.open(row["id"], f"patient.{column}", sealed)


def _patient_row(stored: Patient, scope: Scope) -> dict[str, Any]:
    def sealed(column: str, value: Any) -> bytes | None:
        return None if value is None else scope.vault.seal(stored.id, f"patient.{column}", value)

    phone = stored.phone.value if stored.phone else None
    return {
        "id": stored.id,
        "user_id": stored.user_id,
        "status": stored.status.value,
        "name": sealed("name", {"given": stored.name.given, "family": stored.name.family}),
        "date_of_birth": sealed("date_of_birth", stored.date_of_birth.isoformat()),
        "sex": sealed("sex", stored.sex.value),
        "phone": sealed("phone", phone),
        "phone_index": scope.blind_index.of("patient.phone", phone) if phone else None,
        "address": sealed("address", _address_written(stored.address)),
        "place": stored.place.code,
        "time_zone": stored.time_zone,
        "locale": stored.locale,
        "registered_at": stored.registered_at,
        "erased_at": stored.erased_at,
    }


def _address(written: dict[str, str]) -> PostalAddress:
    return PostalAddress(
        line=written["line"],
        city=written["city"],
        postal_code=written["postal_code"],
        place=Jurisdiction(written["place"]),
    )


def _address_written(address: PostalAddress | None) -> dict[str, str] | None:
    if address is None:
        return None
    return {
        "line": address.line,
        "city": address.city,
        "postal_code": address.postal_code,
        "place": address.place.code,
    }


def _entries(written: list[dict[str, str | None]] | None) -> tuple[HealthEntry, ...] | None:
    if written is None:
        return None
    return tuple(
        HealthEntry(name=entry["name"] or "", code=entry["code"], note=entry["note"])
        for entry in written
    )


def _entries_written(
    entries: tuple[HealthEntry, ...] | None,
) -> list[dict[str, str | None]] | None:
    if entries is None:
        return None
    return [{"name": each.name, "code": each.code, "note": each.note} for each in entries]


def _facts_written(facts: HealthFacts) -> dict[str, Any]:
    return {
        "allergies": _entries_written(facts.allergies),
        "conditions": _entries_written(facts.conditions),
        "medications": _entries_written(facts.medications),
        "pregnancy": facts.pregnancy.value,
    }


def _consent(row: RowMapping) -> Consent:
    return Consent(
        id=row["id"],
        version=row["version"],
        patient_id=row["patient_id"],
        kind=ConsentKind(row["kind"]),
        text_version=row["text_version"],
        given_at=row["given_at"],
        withdrawn_at=row["withdrawn_at"],
    )


def _consent_row(stored: Consent) -> dict[str, Any]:
    return {
        "id": stored.id,
        "patient_id": stored.patient_id,
        "kind": stored.kind.value,
        "text_version": stored.text_version,
        "given_at": stored.given_at,
        "withdrawn_at": stored.withdrawn_at,
    }
