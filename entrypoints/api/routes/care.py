"""
Consultations as physicians work on them: queue, workspace, note, outcome; and staff's view.
"""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from application.consultations.assignment import (
    ClaimConsultation,
    ReassignConsultation,
    ReturnConsultation,
)
from application.consultations.care import (
    AddAddendum,
    CompleteConsultation,
    OpenConsultation,
    SignNote,
    WriteNote,
)
from application.consultations.queries import ViewQueue, ViewTimeline
from application.consultations.viewing import ViewWorkspace
from application.consultations.views import WorkspaceView
from domain.consultations.follow_up import FollowUpPlan
from domain.consultations.outcome import ConsultationOutcome
from domain.shared.ids import ConsultationId, PhysicianId
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import purpose
from entrypoints.api.routes.consultations import (
    ConsultationSummaryResource,
    FollowUpResource,
    MessageResource,
)
from entrypoints.api.wire import Code, FromWire, ToWire


class QueueItemResource(Resource):
    consultation_id: Annotated[str, ToWire("consultation")]
    service_name: str
    mode: Code
    place: Code
    waiting_since: datetime
    promised_by: datetime | None
    at_risk: bool = Field(description="The last quarter of the promised time has begun.")
    overdue: bool
    has_red_flags: bool
    language: str


class QueueListing(Listing):
    items: list[QueueItemResource]


class RedFlagResource(Resource):
    code: str
    message: str
    stops: bool


class PatientInCareResource(Resource):
    patient_id: Annotated[str, ToWire("patient")]
    name: str
    date_of_birth: date
    age: int
    sex: str
    pregnancy: str
    allergies: list[str] | None = Field(description="null: never asked; []: none.")
    conditions: list[str] | None
    medications: list[str] | None


class AnswerResource(Resource):
    link_id: str
    question: str
    answer: str


class AddendumResource(Resource):
    text: str
    physician_id: Annotated[str, ToWire("physician")]
    added_at: datetime


class NoteResource(Resource):
    subjective: str
    objective: str
    assessment: str
    plan: str
    signed_by: Annotated[str, ToWire("physician")] | None
    signed_at: datetime | None
    addenda: list[AddendumResource]


class WorkspaceResource(Resource):
    red_flags: list[RedFlagResource] = Field(description="The gravest first.")
    summary: ConsultationSummaryResource
    place: Code
    patient: PatientInCareResource
    answers: list[AnswerResource]
    note: NoteResource
    messages: list[MessageResource]
    prescriptions: list[Annotated[str, ToWire("prescription")]]
    follow_ups: list[FollowUpResource]
    history: list[ConsultationSummaryResource]

    @classmethod
    def of(cls, view: WorkspaceView) -> Self:
        """Write it."""
        return cls.model_validate(view)


class NoteBody(Body):
    subjective: str = ""
    objective: str = ""
    assessment: str = ""
    plan: str = ""


class AddendumBody(Body):
    text: str = Field(min_length=1)


class FollowUpBody(Body):
    due_at: AwareDatetime
    instructions: str = Field(default="", max_length=2_000)


class CompletionBody(Body):
    outcome: ConsultationOutcome
    follow_up: FollowUpBody | None = None


class ReassignmentBody(Body):
    physician_id: Annotated[UUID, FromWire("physician")]
    reason: str = Field(min_length=1, max_length=500, description="For the audit trail.")


class TimelineReactionResource(Resource):
    name: str
    status: str
    attempts: int
    last_error: str | None
    started_at: datetime | None
    finished_at: datetime | None


class TimelineEntryResource(Resource):
    event_id: str
    sequence: int
    type: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    facts: dict[str, Any]
    reactions: list[TimelineReactionResource]


class TimelineListing(Listing):
    items: list[TimelineEntryResource]


@operation("GET", "/queue", tag="Care", returns=QueueListing, paged=True)
def view_queue(call: Call[None]) -> QueueListing:
    """List the waiting consultations that the physician may take, most urgent first."""
    page = call.use(ViewQueue)(actor=call.actor, **call.page())
    return QueueListing(
        items=[QueueItemResource.model_validate(item) for item in page.items],
        next_cursor=page.next_cursor,
    )


@operation(
    "GET",
    "/consultations/{consultation_id}/workspace",
    tag="Care",
    returns=WorkspaceResource,
    query={"reason": "Why an administrator breaks the glass; shown to the patient."},
)
def view_workspace(call: Call[None], consultation_id: UUID) -> WorkspaceResource:
    """Show all that the treating physician needs, red flags first."""
    view = call.use(ViewWorkspace)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        reason=purpose(call),
    )
    return WorkspaceResource.of(view)


@operation("POST", "/consultations/{consultation_id}/claim", tag="Care")
def claim_consultation(call: Call[None], consultation_id: UUID) -> None:
    """Take a waiting consultation."""
    call.use(ClaimConsultation)(actor=call.actor, consultation_id=ConsultationId(consultation_id))


@operation("POST", "/consultations/{consultation_id}/return", tag="Care")
def return_consultation(call: Call[None], consultation_id: UUID) -> None:
    """Give a claimed consultation back to the queue."""
    call.use(ReturnConsultation)(actor=call.actor, consultation_id=ConsultationId(consultation_id))


@operation(
    "POST",
    "/consultations/{consultation_id}/reassignment",
    tag="Care",
    body=ReassignmentBody,
)
def reassign_consultation(call: Call[ReassignmentBody], consultation_id: UUID) -> None:
    """As operations, give a consultation to another physician."""
    call.use(ReassignConsultation)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        physician_id=PhysicianId(call.body.physician_id),
        reason=call.body.reason,
    )


@operation("POST", "/consultations/{consultation_id}/opening", tag="Care")
def open_consultation(call: Call[None], consultation_id: UUID) -> None:
    """Begin work on a claimed consultation."""
    call.use(OpenConsultation)(actor=call.actor, consultation_id=ConsultationId(consultation_id))


@operation("PUT", "/consultations/{consultation_id}/note", tag="Care", body=NoteBody)
def write_note(call: Call[NoteBody], consultation_id: UUID) -> None:
    """Replace the text of the unsigned note."""
    call.use(WriteNote)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        **call.body.model_dump(),
    )


@operation("POST", "/consultations/{consultation_id}/note/signature", tag="Care")
def sign_note(call: Call[None], consultation_id: UUID) -> None:
    """Sign the note; it is final from then on."""
    call.use(SignNote)(actor=call.actor, consultation_id=ConsultationId(consultation_id))


@operation(
    "POST",
    "/consultations/{consultation_id}/note/addenda",
    tag="Care",
    body=AddendumBody,
    once=True,
)
def add_addendum(call: Call[AddendumBody], consultation_id: UUID) -> None:
    """Add to a signed note."""
    call.use(AddAddendum)(
        actor=call.actor, consultation_id=ConsultationId(consultation_id), text=call.body.text
    )


@operation("POST", "/consultations/{consultation_id}/completion", tag="Care", body=CompletionBody)
def complete_consultation(call: Call[CompletionBody], consultation_id: UUID) -> None:
    """End a consultation with its outcome, and plan a follow-up if one is needed."""
    planned = call.body.follow_up
    call.use(CompleteConsultation)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        outcome=call.body.outcome,
        follow_up=FollowUpPlan(due_at=planned.due_at, instructions=planned.instructions)
        if planned
        else None,
    )


@operation(
    "GET",
    "/consultations/{consultation_id}/timeline",
    tag="Operations",
    returns=TimelineListing,
    paged=True,
)
def view_timeline(call: Call[None], consultation_id: UUID) -> TimelineListing:
    """Show staff every event of a consultation with the reactions to it, oldest first."""
    page = call.use(ViewTimeline)(
        actor=call.actor, consultation_id=ConsultationId(consultation_id), **call.page()
    )
    return TimelineListing(
        items=[TimelineEntryResource.model_validate(entry) for entry in page.items],
        next_cursor=page.next_cursor,
    )
