"""
What consultations need of the outside.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from application.catalogue.ports import ServiceRepository
from application.commission.ports import CommissionPlanRepository
from application.patients.ports import ConsentRepository, HealthProfileRepository, PatientRepository
from application.physicians.ports import PhysicianRepository
from application.scheduling.ports import AppointmentRepository
from application.shared.ports import UnitOfWork
from domain.consultations.consultation import Consultation
from domain.consultations.follow_up import FollowUp
from domain.consultations.message import Message
from domain.shared.ids import (
    ConsultationId,
    FollowUpId,
    PatientId,
    PhysicianId,
    PrescriptionId,
    ServiceId,
)


class ConsultationRepository(Protocol):
    """Consultations by identifier, locked until the transaction ends."""

    def add(self, consultation: Consultation) -> None:
        """Store a new one."""
        ...

    def get(self, consultation_id: ConsultationId) -> Consultation:
        """
        Load one.

        Raises:
            ConsultationNotFound: There is none.
        """
        ...

    def read(self, consultation_id: ConsultationId) -> Consultation:
        """
        Load one to look at, not locked and not to be saved.

        Raises:
            ConsultationNotFound: There is none.
        """
        ...

    def save(self, consultation: Consultation) -> None:
        """Store a changed one."""
        ...

    def draft_of(self, *, patient_id: PatientId, service_id: ServiceId) -> Consultation | None:
        """The patient's latest draft for a service."""
        ...

    def open_with(self, physician_id: PhysicianId) -> Sequence[ConsultationId]:
        """Those that a physician has taken and not ended, oldest first."""
        ...

    def last_end_of(self, physician_id: PhysicianId) -> datetime | None:
        """
        When a physician's last one ended; the next one waits for this transaction to end.

        So whoever reads how many a physician has ended misses none that ended before.
        """
        ...

    def with_overdue_promise(self, *, now: datetime, limit: int) -> Sequence[ConsultationId]:
        """Those whose promised time has passed, unnoticed so far, oldest first."""
        ...


class MessageRepository(Protocol):
    """Letters within consultations."""

    def add(self, message: Message) -> None:
        """Store a new one."""
        ...

    def of_consultation(self, consultation_id: ConsultationId) -> Sequence[Message]:
        """All letters, oldest first."""
        ...

    def save(self, message: Message) -> None:
        """Store a changed one."""
        ...


class FollowUpRepository(Protocol):
    """Planned follow-ups."""

    def add(self, follow_up: FollowUp) -> None:
        """Store a new one."""
        ...

    def get(self, follow_up_id: FollowUpId) -> FollowUp:
        """
        Load one.

        Raises:
            FollowUpNotFound: There is none.
        """
        ...

    def save(self, follow_up: FollowUp) -> None:
        """Store a changed one."""
        ...

    def of_consultation(self, consultation_id: ConsultationId) -> Sequence[FollowUp]:
        """Those planned in a consultation, by time."""
        ...

    def due(self, *, now: datetime, limit: int) -> Sequence[FollowUpId]:
        """Those whose time has come, oldest first."""
        ...


class Duty(Protocol):
    """Who works now."""

    def on_duty(self, *, now: datetime) -> Sequence[PhysicianId]:
        """Active physicians whose published hours include the moment."""
        ...


class SignedPrescriptions(Protocol):
    """What a consultation has to know of prescriptions."""

    def signed_in(self, consultation_id: ConsultationId) -> Sequence[PrescriptionId]:
        """Those that were signed in it and not cancelled, oldest first."""
        ...


class ConsultationsUnitOfWork(UnitOfWork, Protocol):
    """A transaction over consultations and what they look at."""

    @property
    def consultations(self) -> ConsultationRepository: ...

    @property
    def messages(self) -> MessageRepository: ...

    @property
    def follow_ups(self) -> FollowUpRepository: ...

    @property
    def prescriptions(self) -> SignedPrescriptions: ...

    @property
    def services(self) -> ServiceRepository: ...

    @property
    def patients(self) -> PatientRepository: ...

    @property
    def health_profiles(self) -> HealthProfileRepository: ...

    @property
    def consents(self) -> ConsentRepository: ...

    @property
    def physicians(self) -> PhysicianRepository: ...

    @property
    def appointments(self) -> AppointmentRepository: ...

    @property
    def commission_plans(self) -> CommissionPlanRepository: ...
