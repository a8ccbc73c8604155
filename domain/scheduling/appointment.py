"""
A time that a patient and a physician have together.

    held ──> booked ──> cancelled
      └───> released ──> booked     paid late, but the time was still free
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Self

from attrs import define

from domain.scheduling.booking_policy import BookingPolicy
from domain.scheduling.events import (
    AppointmentBooked,
    AppointmentLost,
    AppointmentReleased,
    AppointmentRescheduled,
    SlotHeld,
)
from domain.shared.errors import Conflict, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import AppointmentId, ConsultationId, PatientId, PhysicianId
from domain.shared.period import Period


class AppointmentNotFound(NotFound):
    """No such appointment, or none that this actor may know of."""


class AppointmentStatusConflict(Conflict):
    """Not possible for an appointment in this status."""


class AppointmentStatus(StrEnum):
    """Where an appointment stands."""

    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    RELEASED = "released"

    @property
    def blocks(self) -> bool:
        """Whether nobody else can have the time."""
        return self in {AppointmentStatus.HELD, AppointmentStatus.BOOKED}


_NEXT: Mapping[AppointmentStatus, frozenset[AppointmentStatus]] = {
    AppointmentStatus.HELD: frozenset({AppointmentStatus.BOOKED, AppointmentStatus.RELEASED}),
    AppointmentStatus.BOOKED: frozenset({AppointmentStatus.CANCELLED}),
    AppointmentStatus.RELEASED: frozenset({AppointmentStatus.BOOKED}),
    AppointmentStatus.CANCELLED: frozenset(),
}


@define(eq=False, kw_only=True)
class Appointment(Aggregate):
    """`moved` counts how often the patient chose another time after booking."""

    id: AppointmentId
    physician_id: PhysicianId
    patient_id: PatientId
    consultation_id: ConsultationId
    during: Period
    status: AppointmentStatus = AppointmentStatus.HELD
    hold_expires_at: datetime | None = None
    lost: bool = False
    moved: int = 0

    @classmethod
    def hold(
        cls,
        *,
        id: AppointmentId,
        physician_id: PhysicianId,
        patient_id: PatientId,
        consultation_id: ConsultationId,
        during: Period,
        policy: BookingPolicy,
        now: datetime,
    ) -> Self:
        """Keep a time while the patient pays."""
        expires_at = now + policy.hold_for
        appointment = cls(
            id=id,
            physician_id=physician_id,
            patient_id=patient_id,
            consultation_id=consultation_id,
            during=during,
            hold_expires_at=expires_at,
        )
        appointment.record(
            SlotHeld(
                appointment_id=id,
                consultation_id=consultation_id,
                physician_id=physician_id,
                hold_expires_at=expires_at,
                occurred_at=now,
            )
        )
        return appointment

    def blocks_at(self, now: datetime) -> bool:
        """Whether nobody else can have the time; a hold that ran out blocks nobody."""
        if self.status is AppointmentStatus.HELD:
            return self.hold_expires_at is None or now < self.hold_expires_at
        return self.status is AppointmentStatus.BOOKED

    def book(self, *, now: datetime) -> None:
        """
        Make it firm; a second time changes nothing.

        Whether the time is still free is for the caller to know when the hold had run out.

        Raises:
            AppointmentStatusConflict: It was cancelled.
        """
        if self.status is AppointmentStatus.BOOKED:
            return
        self._move_to(AppointmentStatus.BOOKED)
        self.hold_expires_at = None
        self.record(
            AppointmentBooked(
                appointment_id=self.id,
                consultation_id=self.consultation_id,
                physician_id=self.physician_id,
                start_at=self.during.start_at,
                occurred_at=now,
            )
        )

    def lose(self, *, now: datetime) -> None:
        """The time went to somebody else before it was made firm; told only once."""
        self.release(now=now)
        if not self.lost:
            self.lost = True
            self.record(
                AppointmentLost(
                    appointment_id=self.id,
                    consultation_id=self.consultation_id,
                    physician_id=self.physician_id,
                    occurred_at=now,
                )
            )

    def release(self, *, now: datetime) -> None:
        """Give the time back, held or booked; a second time changes nothing."""
        if not self.status.blocks:
            return
        was_booked = self.status is AppointmentStatus.BOOKED
        self._move_to(AppointmentStatus.CANCELLED if was_booked else AppointmentStatus.RELEASED)
        self.hold_expires_at = None
        self.record(
            AppointmentReleased(
                appointment_id=self.id,
                consultation_id=self.consultation_id,
                physician_id=self.physician_id,
                was_booked=was_booked,
                occurred_at=now,
            )
        )

    def move(
        self, *, to: Period, physician_id: PhysicianId, by_patient: bool, now: datetime
    ) -> None:
        """
        Meet at another time; the same time again changes nothing.

        Raises:
            AppointmentStatusConflict: It is not booked.
        """
        if self.status is not AppointmentStatus.BOOKED:
            raise AppointmentStatusConflict("Only a booked visit can be moved.")
        if (to, physician_id) == (self.during, self.physician_id):
            return
        previous, self.physician_id, self.during = self.physician_id, physician_id, to
        self.moved += by_patient
        self.record(
            AppointmentRescheduled(
                appointment_id=self.id,
                consultation_id=self.consultation_id,
                physician_id=physician_id,
                previous_physician_id=previous,
                start_at=to.start_at,
                occurred_at=now,
            )
        )

    def _move_to(self, status: AppointmentStatus) -> None:
        if status not in _NEXT[self.status]:
            raise AppointmentStatusConflict(
                f"An appointment that is {self.status.value} cannot become {status.value}."
            )
        self.status = status
