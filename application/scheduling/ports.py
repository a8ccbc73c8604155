"""
What scheduling needs of the outside.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from application.catalogue.ports import ServiceRepository
from application.physicians.ports import PhysicianRepository
from application.shared.ports import UnitOfWork
from domain.consultations.consultation import Consultation
from domain.scheduling.appointment import Appointment
from domain.scheduling.availability import Availability, Opening
from domain.shared.ids import ConsultationId, PhysicianId
from domain.shared.period import Period


class AvailabilityRepository(Protocol):
    """When physicians work. Its lock is what bookings with one physician queue up for."""

    def add(self, availability: Availability) -> None:
        """Store a physician's first hours."""
        ...

    def get(self, physician_id: PhysicianId) -> Availability:
        """
        A physician's hours, locked.

        Raises:
            AvailabilityNotFound: They have not said.
        """
        ...

    def find(self, physician_id: PhysicianId) -> Availability | None:
        """A physician's hours, locked, if they have said."""
        ...

    def read(self, physician_id: PhysicianId) -> Availability | None:
        """A physician's hours to look at, not locked and not to be saved."""
        ...

    def save(self, availability: Availability) -> None:
        """Store changed hours."""
        ...

    def open_days(
        self, physician_id: PhysicianId, *, first: date, last: date, openings: Iterable[Opening]
    ) -> None:
        """Replace the days that can be searched, from `first` on; `last` is how far they reach."""
        ...

    def reaching_less_than(self, last: date, *, limit: int) -> tuple[PhysicianId, ...]:
        """Physicians whose searchable days end before a day."""
        ...


class AppointmentRepository(Protocol):
    """Appointments. No two that block a physician's time overlap: storage sees to it."""

    def add(self, appointment: Appointment) -> None:
        """
        Store a new appointment.

        Raises:
            SlotTaken: It overlaps another one.
        """
        ...

    def latest_of(self, consultation_id: ConsultationId) -> Appointment | None:
        """The latest appointment that was made for a consultation, locked."""
        ...

    def read_latest_of(self, consultation_id: ConsultationId) -> Appointment | None:
        """The same to look at, not locked and not to be saved."""
        ...

    def of_physician(self, physician_id: PhysicianId, *, within: Period) -> tuple[Appointment, ...]:
        """Held and booked ones, holds that ran out included, that overlap a period; locked."""
        ...

    def booked_to_start(self, within: Period, *, limit: int) -> tuple[Appointment, ...]:
        """Firm visits that begin then, earliest first; to look at, not to be saved."""
        ...

    def run_out(self, *, now: datetime, limit: int) -> tuple[Appointment, ...]:
        """Holds that ran out, locked; those that somebody else has locked are left out."""
        ...

    def save(self, appointment: Appointment) -> None:
        """
        Store a changed appointment.

        Raises:
            SlotTaken: It now overlaps another one.
        """
        ...


class Consultations(Protocol):
    """The consultations, as far as an appointment is made for them."""

    def get(self, consultation_id: ConsultationId, /) -> Consultation:
        """
        A consultation, locked.

        Raises:
            ConsultationNotFound: There is none.
        """
        ...


class SchedulingUnitOfWork(UnitOfWork, Protocol):
    """A transaction over hours, appointments and what they are made for."""

    @property
    def availability(self) -> AvailabilityRepository:
        """When physicians work."""
        ...

    @property
    def appointments(self) -> AppointmentRepository:
        """The appointments."""
        ...

    @property
    def physicians(self) -> PhysicianRepository:
        """The physicians."""
        ...

    @property
    def services(self) -> ServiceRepository:
        """The services."""
        ...

    @property
    def consultations(self) -> Consultations:
        """The consultations."""
        ...
