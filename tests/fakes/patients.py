"""
Patients' records, consents and relationships in memory.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import define, field

from application.patients.queries import (
    AccessLogEntry,
    ConsentView,
    PatientSummary,
    PatientView,
)
from application.shared.pages import Page
from domain.patients.consent import Consent, ConsentKind, ConsentText
from domain.patients.erasure import RecordErased
from domain.patients.health_profile import HealthProfile
from domain.patients.patient import Patient, PatientNotFound, PatientStatus
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import PatientId, PhysicianId
from tests.fakes.aggregates import Aggregates, Collector
from tests.fakes.identity import InMemoryUsers


@define(eq=False)
class InMemoryPatients:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, patient: Patient) -> None:
        self._store.put(patient.id, patient)

    def get(self, patient_id: PatientId) -> Patient:
        found: Patient | None = self._store.find(patient_id)
        if found is None:
            raise PatientNotFound("There is no such patient.")
        if found.status is PatientStatus.ERASED:
            raise RecordErased("This record was erased.")
        return found

    def read(self, patient_id: PatientId) -> Patient:
        return self.get(patient_id)

    def save(self, patient: Patient) -> None:
        self._store.put(patient.id, patient)

    def erase(self, patient: Patient) -> None:
        self._store.put(patient.id, patient)

    def all(self) -> list[Patient]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryHealthProfiles:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def of(self, patient_id: PatientId) -> HealthProfile:
        found: HealthProfile | None = self._store.find(patient_id)
        return found or HealthProfile(patient_id=patient_id)

    def read(self, patient_id: PatientId) -> HealthProfile:
        return self.of(patient_id)

    def save(self, profile: HealthProfile) -> None:
        self._store.put(profile.patient_id, profile)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryConsents:
    _uow: Collector
    newest: dict[ConsentKind, int] = field(
        factory=lambda: dict.fromkeys(ConsentKind, 1), kw_only=True
    )
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, consent: Consent) -> None:
        self._store.put(consent.id, consent)

    def in_force(self, patient_id: PatientId, kind: ConsentKind) -> Consent | None:
        return next((c for c in self._of(patient_id) if c.kind is kind and c.is_in_force), None)

    def kinds_in_force(self, patient_id: PatientId) -> frozenset[ConsentKind]:
        return frozenset(c.kind for c in self._of(patient_id) if c.is_in_force)

    def save(self, consent: Consent) -> None:
        self._store.put(consent.id, consent)

    def current_text(self, kind: ConsentKind, *, language: str) -> ConsentText:
        return ConsentText(
            kind=kind,
            version=self.newest[kind],
            language="en",
            title=kind.value,
            body=f"I agree to {kind.value}.",
            published_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def all(self) -> list[Consent]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)

    def _of(self, patient_id: PatientId) -> list[Consent]:
        return [c for c in self.all() if c.patient_id == patient_id]


@define(eq=False)
class StatedRelationships:
    """Physicians treat whom the test says they treat."""

    pairs: set[tuple[PhysicianId, PatientId]] = field(factory=set)
    in_care: set[PatientId] = field(factory=set)

    def is_in_care(self, patient_id: PatientId) -> bool:
        return patient_id in self.in_care

    def is_treating(
        self, *, physician_id: PhysicianId, patient_id: PatientId, now: datetime
    ) -> bool:
        return (physician_id, patient_id) in self.pairs

    def treated_by(self, *, physician_id: PhysicianId, now: datetime) -> Sequence[PatientId]:
        return sorted(patient for physician, patient in self.pairs if physician == physician_id)


@define(eq=False)
class InMemoryPatientQueries:
    patients: InMemoryPatients
    health_profiles: InMemoryHealthProfiles
    consents_given: InMemoryConsents
    users: InMemoryUsers

    def find(self, patient_id: PatientId) -> PatientView | None:
        patient = next((p for p in self._kept() if p.id == patient_id), None)
        if patient is None:
            return None
        profile = self.health_profiles.of(patient_id)
        return PatientView(
            id=patient.id,
            user_id=patient.user_id,
            name=patient.name,
            date_of_birth=patient.date_of_birth,
            sex=patient.sex,
            email=self.users.get(patient.user_id).email.value,
            phone=patient.phone.value if patient.phone else None,
            address=patient.address,
            place=patient.place,
            time_zone=patient.time_zone,
            locale=patient.locale,
            health=profile.facts,
            health_updated_at=profile.updated_at,
            consents=self.consents_given.kinds_in_force(patient_id),
            registered_at=patient.registered_at,
        )

    def search(
        self, *, email: EmailAddress | None, phone: PhoneNumber | None
    ) -> Sequence[PatientSummary]:
        return [
            _summary(p)
            for p in self._kept()
            if (phone is not None and p.phone == phone)
            or (email is not None and self._has_email(p, email))
        ]

    def summaries(self, patient_ids: Sequence[PatientId]) -> Sequence[PatientSummary]:
        found = {p.id: _summary(p) for p in self._kept()}
        return [found[each] for each in patient_ids if each in found]

    def list_patients(self, *, limit: int, cursor: str | None) -> Page[PatientSummary]:
        return Page(tuple(_summary(p) for p in self._kept()[:limit]))

    def consents(self, patient_id: PatientId, *, language: str) -> Sequence[ConsentView]:
        views = []
        for text in self.consent_texts(language=language):
            given = self.consents_given.in_force(patient_id, text.kind)
            views.append(
                ConsentView(
                    text=text,
                    given_version=given.text_version if given else None,
                    given_at=given.given_at if given else None,
                )
            )
        return views

    def consent_texts(self, *, language: str) -> Sequence[ConsentText]:
        return [self.consents_given.current_text(k, language=language) for k in ConsentKind]

    def _kept(self) -> list[Patient]:
        return [p for p in self.patients.all() if p.status is PatientStatus.ACTIVE]

    def _has_email(self, patient: Patient, email: EmailAddress) -> bool:
        return self.users.get(patient.user_id).email.canonical == email.canonical


@define(eq=False)
class StatedAccessLog:
    page: Page[AccessLogEntry] = field(factory=lambda: Page(()))

    def entries(
        self, patient_id: PatientId, *, limit: int, cursor: str | None, include_own: bool
    ) -> Page[AccessLogEntry]:
        return self.page


def _summary(patient: Patient) -> PatientSummary:
    return PatientSummary(
        id=patient.id,
        name=patient.name,
        date_of_birth=patient.date_of_birth,
        place=patient.place,
        registered_at=patient.registered_at,
    )
