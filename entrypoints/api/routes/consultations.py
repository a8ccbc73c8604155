"""
Consultations as their patients live them: intake, messages, waiting, cancelling.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from application.consultations.cancellation import CancelConsultation
from application.consultations.conversation import ReadMessages, SendMessage
from application.consultations.intake import (
    IntakeProgress,
    SaveAnswers,
    StartConsultation,
    SubmitIntake,
)
from application.consultations.queries import ListMyConsultations
from application.consultations.viewing import ViewConsultation
from application.consultations.views import ConsultationSummary
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.outcome import CancellationReason
from domain.shared.ids import ConsultationId, ServiceId
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import choices, flag
from entrypoints.api.wire import AmountOut, Code, FromWire, ToWire


class ConsultationSummaryResource(Resource):
    consultation_id: Annotated[str, ToWire("consultation")]
    patient_id: Annotated[str, ToWire("patient")]
    service_id: Annotated[str, ToWire("service")]
    service_name: str
    mode: Code
    status: Code
    physician_id: Annotated[str, ToWire("physician")] | None
    physician_name: str | None
    promised_by: datetime | None = Field(description="Until when a physician begins.")
    promise_broken: bool
    appointment_at: datetime | None
    started_at: datetime
    queued_at: datetime | None
    ended_at: datetime | None
    outcome: Code | None
    cancellation: Code | None
    price: AmountOut | None
    unread: int = Field(description="Messages of the other side that were not opened yet.")
    patient_name: str | None = Field(description="Only for the physician.")


class ConsultationListing(Listing):
    items: list[ConsultationSummaryResource]


class FollowUpResource(Resource):
    follow_up_id: Annotated[str, ToWire("follow_up")]
    due_at: datetime
    instructions: str
    status: Code


class ConsultationResource(ConsultationSummaryResource):
    service_version: int
    place: Code
    appointment_id: Annotated[str, ToWire("appointment")] | None
    answers: dict[str, Any] = Field(description="By the question's `link_id`.")
    stop_reason: Code | None
    stops: list[str] = Field(description="What to do instead, when the intake was stopped.")
    position: int | None = Field(description="Place in the queue while waiting; 1 is next.")
    advice: str | None = Field(description="The physician's plan, once completed.")
    follow_ups: list[FollowUpResource]


class StartConsultationBody(Body):
    service_id: Annotated[UUID, FromWire("service")]


class ConsultationStartedResource(Resource):
    consultation_id: Annotated[str, ToWire("consultation")]


class AnswersBody(Body):
    answers: dict[str, Any] = Field(
        description="All answers so far, by the question's `link_id`.", max_length=500
    )


class IntakeResource(Resource):
    consultation_id: Annotated[str, ToWire("consultation")]
    status: Code
    asked: list[str] = Field(description="The questions to ask, given the answers so far.")
    missing: list[str] = Field(description="Those that still need an answer.")
    stops: list[str] = Field(description="What to tell the patient at once: seek urgent care.")

    @classmethod
    def of(cls, progress: IntakeProgress) -> Self:
        """Write it."""
        return cls.model_validate(
            {
                "consultation_id": progress.consultation_id,
                "status": progress.status,
                "asked": sorted(progress.asked),
                "missing": progress.missing,
                "stops": progress.stops,
            }
        )


class CancelConsultationBody(Body):
    reason: CancellationReason | None = Field(
        default=None, description="Not for patients: theirs is always `patient_changed_mind`."
    )


class MessageBody(Body):
    body: str = Field(min_length=1)


class MessageSentResource(Resource):
    message_id: Annotated[str, ToWire("message")]


class MessageResource(Resource):
    message_id: Annotated[str, ToWire("message")]
    sender: Code = Field(description="`patient` or `physician`.")
    body: str
    sent_at: datetime
    read_at: datetime | None


class MessageListing(Resource):
    items: list[MessageResource]


@operation(
    "POST",
    "/consultations",
    tag="Consultations",
    body=StartConsultationBody,
    returns=ConsultationStartedResource,
    status=HTTPStatus.CREATED,
)
def start_consultation(call: Call[StartConsultationBody]) -> ConsultationStartedResource:
    """
    Begin an intake for a service.

    A draft that was begun before is taken up again.
    """
    consultation_id = call.use(StartConsultation)(
        actor=call.actor, service_id=ServiceId(call.body.service_id)
    )
    return ConsultationStartedResource.model_validate({"consultation_id": consultation_id})


@operation(
    "GET",
    "/consultations",
    tag="Consultations",
    returns=ConsultationListing,
    paged=True,
    query={
        "as_physician": "`true`: those that I have taken, instead of my own as a patient.",
        "status": "Codes with commas between them; for physicians only.",
    },
)
def list_consultations(call: Call[None]) -> ConsultationListing:
    """List one's consultations, latest first."""
    page = call.use(ListMyConsultations)(
        actor=call.actor,
        as_physician=flag(call, "as_physician"),
        statuses=choices(call, "status", ConsultationStatus),
        **call.page(),
    )
    return ConsultationListing(
        items=[ConsultationSummaryResource.model_validate(item) for item in page.items],
        next_cursor=page.next_cursor,
    )


@operation(
    "GET", "/consultations/{consultation_id}", tag="Consultations", returns=ConsultationResource
)
def view_consultation(call: Call[None], consultation_id: UUID) -> ConsultationResource:
    """Show a consultation to its patient."""
    view = call.use(ViewConsultation)(
        actor=call.actor, consultation_id=ConsultationId(consultation_id)
    )
    return ConsultationResource.model_validate(
        summary_fields(view.summary)
        | {
            "service_version": view.service_version,
            "place": view.place,
            "appointment_id": view.appointment_id,
            "answers": dict(view.answers),
            "stop_reason": view.stop_reason,
            "stops": view.stops,
            "position": view.position,
            "advice": view.advice,
            "follow_ups": view.follow_ups,
        }
    )


@operation(
    "PUT",
    "/consultations/{consultation_id}/answers",
    tag="Consultations",
    body=AnswersBody,
    returns=IntakeResource,
)
def save_answers(call: Call[AnswersBody], consultation_id: UUID) -> IntakeResource:
    """
    Save all answers so far.

    Answers to questions that are no longer asked are dropped.
    """
    return IntakeResource.of(
        call.use(SaveAnswers)(
            actor=call.actor,
            consultation_id=ConsultationId(consultation_id),
            answers=call.body.answers,
        )
    )


@operation(
    "POST",
    "/consultations/{consultation_id}/submission",
    tag="Consultations",
    returns=IntakeResource,
)
def submit_intake(call: Call[None], consultation_id: UUID) -> IntakeResource:
    """
    Hand the intake in.

    It goes on to payment, or stops with `stops` saying what to do instead.
    """
    return IntakeResource.of(
        call.use(SubmitIntake)(actor=call.actor, consultation_id=ConsultationId(consultation_id))
    )


@operation(
    "POST",
    "/consultations/{consultation_id}/cancellation",
    tag="Consultations",
    body=CancelConsultationBody,
)
def cancel_consultation(call: Call[CancelConsultationBody], consultation_id: UUID) -> None:
    """
    Cancel a consultation.

    The patient before it has begun, its physician for a clinical reason, or operations.
    """
    call.use(CancelConsultation)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        reason=call.body.reason,
    )


@operation(
    "POST",
    "/consultations/{consultation_id}/messages",
    tag="Consultations",
    body=MessageBody,
    once=True,
    returns=MessageSentResource,
    status=HTTPStatus.CREATED,
)
def send_message(call: Call[MessageBody], consultation_id: UUID) -> MessageSentResource:
    """Write to the physician, or as the physician to the patient."""
    message_id = call.use(SendMessage)(
        actor=call.actor, consultation_id=ConsultationId(consultation_id), body=call.body.body
    )
    return MessageSentResource.model_validate({"message_id": message_id})


@operation(
    "GET",
    "/consultations/{consultation_id}/messages",
    tag="Consultations",
    returns=MessageListing,
)
def read_messages(call: Call[None], consultation_id: UUID) -> MessageListing:
    """Read the messages, oldest first; those of the other side count as read."""
    messages = call.use(ReadMessages)(
        actor=call.actor, consultation_id=ConsultationId(consultation_id)
    )
    return MessageListing(items=[MessageResource.model_validate(one) for one in messages])


def summary_fields(summary: ConsultationSummary) -> dict[str, Any]:
    """What a summary and a whole consultation have in common."""
    return {name: getattr(summary, name) for name in ConsultationSummaryResource.model_fields}
