"""
What patients' records need of the outside.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from application.identity.ports import IdentityUnitOfWork
from domain.patients.consent import Consent, ConsentKind, ConsentText
from domain.patients.health_profile import HealthProfile
from domain.patients.patient import Patient
from domain.shared.ids import PatientId, PhysicianId


class PatientRepository(Protocol):
    """Patients' records."""

    def add(self, patient: Patient) -> None:
        """Store a new record; its key is made with it."""
        ...

    def get(self, patient_id: PatientId) -> Patient:
        """
        Load a record and lock it.

        Raises:
            PatientNotFound: There is none.
            RecordErased: There was one.
        """
        ...

    def read(self, patient_id: PatientId) -> Patient:
        """
        Load a record to look at, not locked and not to be saved.

        Raises:
            PatientNotFound: There is none.
            RecordErased: There was one.
        """
        ...

    def save(self, patient: Patient) -> None:
        """Store a changed record."""
        ...

    def erase(self, patient: Patient) -> None:
        """Store an erased record: destroy its key, and empty what could still find it."""
        ...


class HealthProfileRepository(Protocol):
    """What patients say of their health."""

    def of(self, patient_id: PatientId) -> HealthProfile:
        """A patient's profile, locked; an empty one if nothing was said yet."""
        ...

    def read(self, patient_id: PatientId) -> HealthProfile:
        """A patient's profile to look at, not locked and not to be saved."""
        ...

    def save(self, profile: HealthProfile) -> None:
        """Store it, the first time as well."""
        ...


class ConsentRepository(Protocol):
    """Consents and the texts that they are given to."""

    def add(self, consent: Consent) -> None:
        """Store a new consent."""
        ...

    def in_force(self, patient_id: PatientId, kind: ConsentKind) -> Consent | None:
        """A patient's consent of a kind, locked; None if there is none in force."""
        ...

    def kinds_in_force(self, patient_id: PatientId) -> frozenset[ConsentKind]:
        """Everything that a patient agrees to now."""
        ...

    def save(self, consent: Consent) -> None:
        """Store a changed consent."""
        ...

    def current_text(self, kind: ConsentKind, *, language: str) -> ConsentText:
        """
        The newest text of a kind, in this language or in English.

        Raises:
            ConsentTextNotFound: There is none.
        """
        ...


class PatientsUnitOfWork(IdentityUnitOfWork, Protocol):
    """A transaction over patients' records and their accounts."""

    @property
    def patients(self) -> PatientRepository: ...

    @property
    def health_profiles(self) -> HealthProfileRepository: ...

    @property
    def consents(self) -> ConsentRepository: ...


class Relationships(Protocol):
    """Who treats whom."""

    def is_treating(
        self, *, physician_id: PhysicianId, patient_id: PatientId, now: datetime
    ) -> bool:
        """
        Whether a physician has, or in the last 90 days had, this patient in their care.
        """
        ...

    def is_in_care(self, patient_id: PatientId) -> bool:
        """Whether a consultation of theirs was handed in and has not ended."""
        ...

    def treated_by(self, *, physician_id: PhysicianId, now: datetime) -> Sequence[PatientId]:
        """The patients that a physician has, or in the last 90 days had, in their care."""
        ...
