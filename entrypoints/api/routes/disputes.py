"""
Payments that a cardholder's bank wants back; for finance staff.
"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.payments.dispute_queries import (
    ListDisputes,
    ListUndecidedDisputes,
    ViewDispute,
    ViewDisputeHistory,
)
from application.payments.disputes import AssignDispute, SubmitEvidence
from application.payments.evidence import DraftEvidence
from application.payments.review import EndDisputeReview
from domain.payments.dispute import DisputeStatus
from domain.payments.evidence import LONGEST_EXPLANATION, Evidence
from domain.shared.ids import DisputeId
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import choice
from entrypoints.api.routes.payments import ReviewBody, SharesResource
from entrypoints.api.wire import AmountOut, Code, ToWire


class DisputeResource(Resource):
    dispute_id: Annotated[str, ToWire("dispute")]
    payment_id: Annotated[str, ToWire("payment")]
    consultation_id: Annotated[str, ToWire("consultation")]
    reference: str = Field(description="The processor's, for asking them.")
    amount: AmountOut
    away: AmountOut = Field(description="What the processor holds back for it.")
    reason: str = Field(description="What the cardholder says, as the processor's code.")
    status: Code
    inquiry: bool = Field(description="The bank only asks; no money has moved.")
    opened_at: datetime
    evidence_due_at: datetime | None
    evidence_sent_at: datetime | None
    ended_at: datetime | None
    owner_id: Annotated[str, ToWire("user")] | None = Field(description="Who answers it.")
    shares: SharesResource | None = Field(description="Who bears it, while it is lost.")
    beyond: AmountOut | None = Field(
        description="What it took on top of what was left of the payment; the platform bears it."
    )
    review: str | None = Field(description="What staff has to look into.")


class DisputeListing(Listing):
    items: list[DisputeResource]


class DisputeChangeResource(Resource):
    kind: str = Field(description="The event, such as `DisputeOpened`.")
    at: datetime
    amount: AmountOut | None = Field(description="What was moved; negative when it was taken.")
    fee: AmountOut | None


class DisputeHistory(Resource):
    items: list[DisputeChangeResource]


class EvidenceResource(Resource):
    explanation: str = Field(description="Words to begin with; yours are sent instead.")
    service_on: str | None
    product: str | None
    receipt: str | None
    refund_policy: str | None
    activity: str | None


class EvidenceBody(Body):
    explanation: str = Field(
        min_length=1,
        max_length=LONGEST_EXPLANATION,
        description="Goes to the cardholder's bank. Nothing clinical belongs here.",
    )
    service_on: date | None = Field(default=None, description="The day of the service.")


@operation(
    "GET",
    "/disputes",
    tag="Payments",
    returns=DisputeListing,
    paged=True,
    query={"status": "Only those that stand so, such as `needs_response`."},
)
def list_disputes(call: Call[None]) -> DisputeListing:
    """List disputes, the newest first."""
    page = call.use(ListDisputes)(
        actor=call.actor, status=choice(call, "status", DisputeStatus), **call.page()
    )
    return DisputeListing(
        items=[DisputeResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("GET", "/operations/disputes", tag="Operations", returns=DisputeListing, paged=True)
def list_undecided_disputes(call: Call[None]) -> DisputeListing:
    """List disputes that have to be answered, by the bank's time limit."""
    page = call.use(ListUndecidedDisputes)(actor=call.actor, **call.page())
    return DisputeListing(
        items=[DisputeResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("GET", "/disputes/{dispute_id}", tag="Payments", returns=DisputeResource)
def view_dispute(call: Call[None], dispute_id: UUID) -> DisputeResource:
    """Show a dispute."""
    return DisputeResource.model_validate(
        call.use(ViewDispute)(actor=call.actor, dispute_id=DisputeId(dispute_id))
    )


@operation("GET", "/disputes/{dispute_id}/history", tag="Payments", returns=DisputeHistory)
def view_dispute_history(call: Call[None], dispute_id: UUID) -> DisputeHistory:
    """Tell what happened to a dispute, the earliest first."""
    changes = call.use(ViewDisputeHistory)(actor=call.actor, dispute_id=DisputeId(dispute_id))
    return DisputeHistory(items=[DisputeChangeResource.model_validate(one) for one in changes])


@operation("GET", "/disputes/{dispute_id}/evidence", tag="Payments", returns=EvidenceResource)
def draft_evidence(call: Call[None], dispute_id: UUID) -> EvidenceResource:
    """Show what would be sent to the bank; nothing is sent by it."""
    return EvidenceResource.model_validate(
        call.use(DraftEvidence)(actor=call.actor, dispute_id=DisputeId(dispute_id))
    )


@operation("POST", "/disputes/{dispute_id}/review", tag="Payments", body=ReviewBody)
def end_dispute_review(call: Call[ReviewBody], dispute_id: UUID) -> None:
    """Take a dispute off the list of what has to be looked into."""
    call.use(EndDisputeReview)(
        actor=call.actor, dispute_id=DisputeId(dispute_id), note=call.body.note
    )


@operation("POST", "/disputes/{dispute_id}/assignment", tag="Payments")
def assign_dispute(call: Call[None], dispute_id: UUID) -> None:
    """Take a dispute on, to answer it."""
    call.use(AssignDispute)(actor=call.actor, dispute_id=DisputeId(dispute_id))


@operation("POST", "/disputes/{dispute_id}/evidence", tag="Payments", body=EvidenceBody)
def submit_evidence(call: Call[EvidenceBody], dispute_id: UUID) -> None:
    """Answer a dispute, with the facts that the draft shows; the bank decides from then on."""
    sent = call.body
    call.use(SubmitEvidence)(
        actor=call.actor,
        dispute_id=DisputeId(dispute_id),
        evidence=Evidence(
            explanation=sent.explanation,
            service_on=None if sent.service_on is None else sent.service_on.isoformat(),
        ),
    )
