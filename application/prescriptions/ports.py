"""
What prescribing needs of the outside.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from application.consultations.ports import ConsultationRepository
from application.patients.ports import HealthProfileRepository, PatientRepository
from application.physicians.ports import PhysicianRepository
from application.shared.ports import UnitOfWork
from domain.prescriptions.medication import Medication
from domain.prescriptions.prescription import Prescription
from domain.prescriptions.rule_pack import RulePack
from domain.shared.ids import ConsultationId, PatientId, PrescriptionId


class Medications(Protocol):
    """The catalogue of medicines."""

    def search(self, words: str, *, limit: int) -> Sequence[Medication]:
        """All that fit the words, best first. Choices, never a guess."""
        ...

    def get(self, code: str) -> Medication:
        """
        The medicine of a code.

        Raises:
            MedicationUnknown: There is none.
        """
        ...


class RulePacks(Protocol):
    """The dated rules of the safety screen."""

    def current(self, on: date) -> RulePack | None:
        """The pack in force on a day; None when there is none."""
        ...


class PrescriptionRepository(Protocol):
    """Prescriptions by identifier, locked until the transaction ends."""

    def add(self, prescription: Prescription) -> None:
        """Store a new one."""
        ...

    def get(self, prescription_id: PrescriptionId) -> Prescription:
        """
        Load one.

        Raises:
            PrescriptionNotFound: There is none.
        """
        ...

    def read(self, prescription_id: PrescriptionId) -> Prescription:
        """
        Load one to look at, not locked and not to be saved.

        Raises:
            PrescriptionNotFound: There is none.
        """
        ...

    def save(self, prescription: Prescription) -> None:
        """Store a changed one."""
        ...

    def of_consultation(self, consultation_id: ConsultationId) -> Sequence[Prescription]:
        """All of a consultation, to look at, oldest first."""
        ...

    def of_patient(self, patient_id: PatientId) -> Sequence[Prescription]:
        """All of a patient, to look at, latest first."""
        ...

    def signed_in(self, consultation_id: ConsultationId) -> Sequence[PrescriptionId]:
        """Those that were signed in a consultation and not cancelled, oldest first."""
        ...


class PrescriptionsUnitOfWork(UnitOfWork, Protocol):
    """A transaction over prescriptions and what they look at."""

    @property
    def prescriptions(self) -> PrescriptionRepository: ...

    @property
    def consultations(self) -> ConsultationRepository: ...

    @property
    def physicians(self) -> PhysicianRepository: ...

    @property
    def patients(self) -> PatientRepository: ...

    @property
    def health_profiles(self) -> HealthProfileRepository: ...
