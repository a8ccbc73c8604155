"""
What happens to physicians' hours and patients' appointments.
"""

from datetime import datetime

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import AppointmentId, ConsultationId, PhysicianId


@frozen(kw_only=True)
class AvailabilityChanged(DomainEvent):
    """A physician works other hours from now on."""

    physician_id: PhysicianId


@frozen(kw_only=True)
class SlotHeld(DomainEvent):
    """A time is kept for a patient while they pay."""

    appointment_id: AppointmentId
    consultation_id: ConsultationId
    physician_id: PhysicianId
    hold_expires_at: datetime


@frozen(kw_only=True)
class AppointmentBooked(DomainEvent):
    """Patient and physician will meet."""

    appointment_id: AppointmentId
    consultation_id: ConsultationId
    physician_id: PhysicianId
    start_at: datetime


@frozen(kw_only=True)
class AppointmentRescheduled(DomainEvent):
    """They will meet at another time, perhaps with another physician."""

    appointment_id: AppointmentId
    consultation_id: ConsultationId
    physician_id: PhysicianId
    previous_physician_id: PhysicianId
    start_at: datetime


@frozen(kw_only=True)
class AppointmentReleased(DomainEvent):
    """The time is free again: a hold ran out, or the visit was called off."""

    appointment_id: AppointmentId
    consultation_id: ConsultationId
    physician_id: PhysicianId
    was_booked: bool


@frozen(kw_only=True)
class AppointmentLost(DomainEvent):
    """The payment came after the hold had run out, and the time had gone to somebody else."""

    appointment_id: AppointmentId
    consultation_id: ConsultationId
    physician_id: PhysicianId
