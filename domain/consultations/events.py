"""
What happens to a consultation.

Which red flags stopped an intake is not among the facts: that would be an answer.
"""

from datetime import datetime

from attrs import frozen

from domain.consultations.outcome import (
    CancellationReason,
    ConsultationOutcome,
    MessageSender,
    StopReason,
)
from domain.shared.events import DomainEvent
from domain.shared.ids import (
    AppointmentId,
    ConsultationId,
    FollowUpId,
    MessageId,
    PatientId,
    PhysicianId,
    ServiceId,
)


@frozen(kw_only=True)
class ConsultationStarted(DomainEvent):
    """A patient began an intake."""

    consultation_id: ConsultationId
    patient_id: PatientId
    service_id: ServiceId


@frozen(kw_only=True)
class IntakeSubmitted(DomainEvent):
    """The answers are complete and nothing in them forbids going on; payment comes next."""

    consultation_id: ConsultationId
    patient_id: PatientId
    service_id: ServiceId


@frozen(kw_only=True)
class IntakeStopped(DomainEvent):
    """The patient was directed elsewhere. Nothing is charged."""

    consultation_id: ConsultationId
    patient_id: PatientId
    reason: StopReason


@frozen(kw_only=True)
class ConsultationQueued(DomainEvent):
    """Payment is secured; a physician is awaited until `promised_by`, if that was promised."""

    consultation_id: ConsultationId
    patient_id: PatientId
    service_id: ServiceId
    appointment_id: AppointmentId | None
    promised_by: datetime | None


@frozen(kw_only=True)
class ConsultationClaimed(DomainEvent):
    """A physician took it."""

    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId


@frozen(kw_only=True)
class ConsultationReassigned(DomainEvent):
    """It was handed over to another physician."""

    consultation_id: ConsultationId
    patient_id: PatientId
    from_physician_id: PhysicianId
    physician_id: PhysicianId


@frozen(kw_only=True)
class ConsultationReturned(DomainEvent):
    """The physician put it back into the queue."""

    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId


@frozen(kw_only=True)
class ConsultationOpened(DomainEvent):
    """The physician began to work on it."""

    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId


@frozen(kw_only=True)
class NoteSigned(DomainEvent):
    """The clinical note is final."""

    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId


@frozen(kw_only=True)
class ConsultationCompleted(DomainEvent):
    """The physician closed it with an outcome."""

    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId
    outcome: ConsultationOutcome


@frozen(kw_only=True)
class ConsultationCancelled(DomainEvent):
    """It ended without an outcome."""

    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId | None
    reason: CancellationReason


@frozen(kw_only=True)
class PromiseBroken(DomainEvent):
    """No physician had begun when the promised time came. Recorded once."""

    consultation_id: ConsultationId
    patient_id: PatientId
    promised_by: datetime


@frozen(kw_only=True)
class MessageSent(DomainEvent):
    """One of the two wrote to the other."""

    consultation_id: ConsultationId
    patient_id: PatientId
    physician_id: PhysicianId | None
    message_id: MessageId
    sender: MessageSender


@frozen(kw_only=True)
class FollowUpScheduled(DomainEvent):
    """The physician wants to hear from the patient again."""

    consultation_id: ConsultationId
    patient_id: PatientId
    follow_up_id: FollowUpId
    due_at: datetime


@frozen(kw_only=True)
class FollowUpDue(DomainEvent):
    """The time for it has come."""

    consultation_id: ConsultationId
    patient_id: PatientId
    follow_up_id: FollowUpId
