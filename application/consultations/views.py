"""
What front ends show of consultations.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from attrs import field, frozen

from domain.catalogue.service import Mode
from domain.consultations.clinical_note import ClinicalNote
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.follow_up import FollowUpStatus
from domain.consultations.intake import RedFlag
from domain.consultations.message import Message
from domain.consultations.outcome import (
    CancellationReason,
    ConsultationOutcome,
    MessageSender,
    StopReason,
)
from domain.shared.ids import (
    AppointmentId,
    ConsultationId,
    FollowUpId,
    MessageId,
    PatientId,
    PhysicianId,
    PrescriptionId,
    ServiceId,
)
from domain.shared.money import Money


@frozen(kw_only=True)
class ConsultationSummary:
    """
    A line in a list: enough to say in one sentence where it stands.

    Args:
        physician_name: As shown to patients, once somebody has taken it.
        promised_by: Until when a physician begins, for a service in writing.
        appointment_at: When it begins, for one by appointment.
        unread: Letters of the other side that this reader has not opened.
        patient_name: Only in lists for physicians.
    """

    consultation_id: ConsultationId
    patient_id: PatientId
    service_id: ServiceId
    service_name: str
    mode: Mode
    status: ConsultationStatus
    physician_id: PhysicianId | None
    physician_name: str | None
    promised_by: datetime | None
    promise_broken: bool
    appointment_at: datetime | None
    started_at: datetime
    queued_at: datetime | None
    claimed_at: datetime | None
    ended_at: datetime | None
    outcome: ConsultationOutcome | None
    cancellation: CancellationReason | None
    price: Money | None
    unread: int = 0
    patient_name: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class FollowUpView:
    """A planned follow-up."""

    follow_up_id: FollowUpId
    due_at: datetime
    instructions: str = field(repr=False)
    status: FollowUpStatus


@frozen(kw_only=True)
class MessageView:
    """A letter, and when the other side opened it."""

    message_id: MessageId
    sender: MessageSender
    body: str = field(repr=False)
    sent_at: datetime
    read_at: datetime | None


@frozen(kw_only=True)
class AnswerView:
    """A question with its answer in words."""

    link_id: str
    question: str
    answer: str = field(repr=False)


@frozen(kw_only=True)
class ConsultationView:
    """
    A consultation as its patient sees it.

    Args:
        position: Place in the queue, 1 for the next one, while it waits.
        stops: What to do instead, when the intake was stopped.
        advice: The plan of the signed note, once it is completed.
    """

    summary: ConsultationSummary
    service_version: int
    place: str
    appointment_id: AppointmentId | None
    answers: Mapping[str, Any] = field(repr=False)
    stop_reason: StopReason | None
    stops: tuple[str, ...] = field(repr=False)
    position: int | None
    advice: str | None = field(repr=False)
    follow_ups: tuple[FollowUpView, ...]


@frozen(kw_only=True)
class PatientInCare:
    """What the treating physician has to know of the patient. None = nothing was recorded."""

    patient_id: PatientId
    name: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    age: int = field(repr=False)
    sex: str = field(repr=False)
    pregnancy: str = field(repr=False)
    allergies: tuple[str, ...] | None = field(repr=False)
    conditions: tuple[str, ...] | None = field(repr=False)
    medications: tuple[str, ...] | None = field(repr=False)


@frozen(kw_only=True)
class WorkspaceView:
    """
    The physician's workspace: red flags first.

    Args:
        history: The patient's other consultations, latest first.
    """

    red_flags: tuple[RedFlag, ...]
    summary: ConsultationSummary
    place: str
    patient: PatientInCare
    answers: tuple[AnswerView, ...]
    note: ClinicalNote
    messages: tuple[MessageView, ...]
    prescriptions: tuple[PrescriptionId, ...]
    follow_ups: tuple[FollowUpView, ...]
    history: tuple[ConsultationSummary, ...]


@frozen(kw_only=True)
class QueueItem:
    """
    A waiting consultation, to choose from. No answers: those are for who takes it.

    Args:
        at_risk: The last quarter of the promised time has begun.
    """

    consultation_id: ConsultationId
    service_name: str
    mode: Mode
    place: str
    waiting_since: datetime
    promised_by: datetime | None
    at_risk: bool
    overdue: bool
    has_red_flags: bool
    language: str


@frozen(kw_only=True)
class StuckConsultation:
    """
    Work that somebody has to move along, for staff. Names nobody.

    Args:
        since: Since when it is where it is.
        open_reactions: Reactions of the workflow that were given up.
    """

    consultation_id: ConsultationId
    patient_id: PatientId
    service_name: str
    status: ConsultationStatus
    place: str
    physician_name: str | None
    since: datetime
    promised_by: datetime | None
    promise_broken: bool
    open_reactions: int


@frozen(kw_only=True)
class TimelineReaction:
    """What an event set off, and how that went."""

    name: str
    status: str
    attempts: int
    last_error: str | None
    started_at: datetime | None
    finished_at: datetime | None


@frozen(kw_only=True)
class TimelineEntry:
    """One event in the life of a consultation. `facts` are its identifiers and codes."""

    event_id: str
    sequence: int
    type: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    facts: Mapping[str, Any]
    reactions: tuple[TimelineReaction, ...]


def message_view(message: Message) -> MessageView:
    """A letter as it is shown."""
    return MessageView(
        message_id=message.id,
        sender=message.sender,
        body=message.body,
        sent_at=message.sent_at,
        read_at=message.read_at,
    )
