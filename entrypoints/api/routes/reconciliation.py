"""
Reconciliation: our books beside the card processor's, the payout vendor's and the bank's.
"""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from application.reconciliation.answers import (
    ApproveRepair,
    AssignBreak,
    ExplainBreak,
    ProposeRepair,
    RejectRepair,
)
from application.reconciliation.by_hand import MatchByHand, Unmatch
from application.reconciliation.queries import (
    BreakFilter,
    ListBreaks,
    ListReconciledItems,
    ViewBreak,
    ViewReconciliation,
)
from application.reconciliation.views import BreakRow, BreakView, ReconciliationView
from domain.reconciliation.breaks import BreakStatus
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import Source, Whose
from domain.reconciliation.repairs import RepairRule
from domain.shared.ids import BreakId, ReconciliationMatchId, UserId
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import choice, flag, identifier
from entrypoints.api.wire import AmountOut, Code, FromWire, ToWire

_TAG = "Reconciliation"


class DifferenceResource(Resource):
    source: Code
    amount: AmountOut = Field(description="What theirs is more than ours.")


class BreakResource(Resource):
    break_id: Annotated[str, ToWire("break")]
    kind: Code = Field(description="One of twelve, such as `missing_here` or `timing`.")
    severity: Code
    status: Code
    reason: str
    owner_role: Code
    owner_id: Annotated[str, ToWire("user")] | None
    differences: list[DifferenceResource]
    since: datetime = Field(description="When the first of its items counted.")
    first_seen_at: datetime
    last_seen_at: datetime
    age_days: int

    @classmethod
    def of(cls, row: BreakRow) -> Self:
        """Write it."""
        return cls.model_validate(_fields(row))


class BreakListing(Listing):
    items: list[BreakResource]


class PostingResource(Resource):
    debit: str
    credit: str
    amount: AmountOut


class RepairResource(Resource):
    rule: Code
    postings: list[PostingResource]
    note: str
    proposed_by: Annotated[str, ToWire("user")] | None
    proposed_at: datetime | None


class ItemResource(Resource):
    key: str
    source: Code
    whose: Code
    kind: str
    amount: AmountOut
    at: datetime
    counts_on: date
    references: list[str]
    batch: str | None
    match_id: Annotated[str, ToWire("reconciliation_match")] | None
    rule: Code | None
    explanation: str | None = Field(description="Why it was matched.")


class ItemListing(Listing):
    items: list[ItemResource]


class BreakDetailResource(BreakResource):
    items: list[ItemResource]
    suggestion: RepairResource | None = Field(description="What usually closes such a break.")
    proposal: RepairResource | None
    approved_by: Annotated[str, ToWire("user")] | None
    entry_id: Annotated[str, ToWire("journal_entry")] | None
    explanation: str | None
    explained_by: Annotated[str, ToWire("user")] | None
    ended_at: datetime | None

    @classmethod
    def of_view(cls, view: BreakView) -> Self:
        """Write it."""
        more = {
            name: getattr(view, name)
            for name in (
                "items",
                "suggestion",
                "proposal",
                "approved_by",
                "entry_id",
                "explanation",
                "explained_by",
                "ended_at",
            )
        }
        return cls.model_validate(_fields(view.row) | more)


class UnmatchedResource(Resource):
    count: int
    amount: AmountOut


class PlaceResource(Resource):
    source: Code
    journal: AmountOut = Field(description="What our books say is there.")
    stated: AmountOut | None = Field(description="What they say is there.")
    stated_at: datetime | None
    told: AmountOut = Field(description="The sum of all their items, and what was there before.")
    difference: AmountOut
    ours_unmatched: UnmatchedResource
    theirs_unmatched: UnmatchedResource


class CurrencyResource(Resource):
    currency: str
    places: list[PlaceResource]
    suspense: AmountOut


class SourceResource(Resource):
    source: Code
    covers_until: datetime
    read_at: datetime


class ReconciliationResource(Resource):
    last_run_at: datetime | None
    sources: list[SourceResource]
    currencies: list[CurrencyResource]
    breaks: dict[str, int] = Field(description="Unanswered ones by kind.")

    @classmethod
    def of(cls, view: ReconciliationView) -> Self:
        """Write it."""
        return cls.model_validate(
            {
                "last_run_at": view.last_run_at,
                "sources": view.sources,
                "currencies": view.currencies,
                "breaks": {kind.value: count for kind, count in view.breaks.items()},
            }
        )


class AssignBody(Body):
    user_id: Annotated[UUID, FromWire("user")]


class ProposeBody(Body):
    rule: RepairRule
    note: str = Field(default="", max_length=500)


class PreviewResource(Resource):
    postings: list[PostingResource]


class RepairedResource(Resource):
    entry_id: Annotated[str, ToWire("journal_entry")]


class ReasonBody(Body):
    reason: str = Field(min_length=1, max_length=500)


class ExplainBody(Body):
    explanation: str = Field(min_length=1, max_length=1_000)


class MatchBody(Body):
    items: list[str] = Field(min_length=2, max_length=1_000, description="Keys of items.")
    note: str = Field(min_length=1, max_length=500)


class MatchedResource(Resource):
    match_id: Annotated[str, ToWire("reconciliation_match")]


@operation("GET", "/reconciliation", tag=_TAG, returns=ReconciliationResource)
def view_reconciliation(call: Call[None]) -> ReconciliationResource:
    """Show journal, vendors and bank side by side, by currency."""
    return ReconciliationResource.of(call.use(ViewReconciliation)(actor=call.actor))


@operation(
    "GET",
    "/reconciliation/breaks",
    tag=_TAG,
    returns=BreakListing,
    paged=True,
    query={
        "status": "Such as `open` or `proposed`.",
        "kind": "One of the twelve.",
        "user_id": "Whose they are.",
    },
)
def list_breaks(call: Call[None]) -> BreakListing:
    """List differences, the newest first."""
    owner_id = identifier(call, "user_id")
    page = call.use(ListBreaks)(
        actor=call.actor,
        wanted=BreakFilter(
            status=choice(call, "status", BreakStatus),
            kind=choice(call, "kind", BreakKind),
            owner_id=None if owner_id is None else UserId(owner_id),
        ),
        **call.page(),
    )
    return BreakListing(
        items=[BreakResource.of(row) for row in page.items], next_cursor=page.next_cursor
    )


@operation("GET", "/reconciliation/breaks/{break_id}", tag=_TAG, returns=BreakDetailResource)
def view_break(call: Call[None], break_id: UUID) -> BreakDetailResource:
    """Show a difference, its items on both sides, and the entry that would close it."""
    view = call.use(ViewBreak)(actor=call.actor, break_id=BreakId(break_id))
    return BreakDetailResource.of_view(view)


@operation("PUT", "/reconciliation/breaks/{break_id}/owner", tag=_TAG, body=AssignBody)
def assign_break(call: Call[AssignBody], break_id: UUID) -> None:
    """Give a difference to a person of finance."""
    call.use(AssignBreak)(
        actor=call.actor, break_id=BreakId(break_id), user_id=UserId(call.body.user_id)
    )


@operation(
    "POST",
    "/reconciliation/breaks/{break_id}/repair",
    tag=_TAG,
    body=ProposeBody,
    returns=PreviewResource,
)
def propose_repair(call: Call[ProposeBody], break_id: UUID) -> PreviewResource:
    """Offer an entry that closes it; a second person has to approve."""
    postings = call.use(ProposeRepair)(
        actor=call.actor, break_id=BreakId(break_id), rule=call.body.rule, note=call.body.note
    )
    return PreviewResource(
        postings=[
            PostingResource.model_validate(
                {"debit": each.debit.code, "credit": each.credit.code, "amount": each.amount}
            )
            for each in postings
        ]
    )


@operation("POST", "/reconciliation/breaks/{break_id}/rejection", tag=_TAG, body=ReasonBody)
def reject_repair(call: Call[ReasonBody], break_id: UUID) -> None:
    """Decline the offered entry, or take one's own back."""
    call.use(RejectRepair)(actor=call.actor, break_id=BreakId(break_id), reason=call.body.reason)


@operation("POST", "/reconciliation/breaks/{break_id}/approval", tag=_TAG, returns=RepairedResource)
def approve_repair(call: Call[None], break_id: UUID) -> RepairedResource:
    """As a second person, have the offered entry posted."""
    entry_id = call.use(ApproveRepair)(actor=call.actor, break_id=BreakId(break_id))
    return RepairedResource.model_validate({"entry_id": entry_id})


@operation("POST", "/reconciliation/breaks/{break_id}/explanation", tag=_TAG, body=ExplainBody)
def explain_break(call: Call[ExplainBody], break_id: UUID) -> None:
    """Say why a difference may stay."""
    call.use(ExplainBreak)(
        actor=call.actor, break_id=BreakId(break_id), explanation=call.body.explanation
    )


@operation(
    "GET",
    "/reconciliation/items",
    tag=_TAG,
    returns=ItemListing,
    paged=True,
    query={
        "source": "`processor`, `payout_vendor` or `bank`.",
        "whose": "`ours` or `theirs`.",
        "unmatched": "`true` for those in no match alone.",
    },
)
def list_reconciled_items(call: Call[None]) -> ItemListing:
    """List items of either side with their match, the latest first."""
    page = call.use(ListReconciledItems)(
        actor=call.actor,
        source=choice(call, "source", Source),
        whose=choice(call, "whose", Whose),
        unmatched=flag(call, "unmatched"),
        **call.page(),
    )
    return ItemListing(
        items=[ItemResource.model_validate(item) for item in page.items],
        next_cursor=page.next_cursor,
    )


@operation(
    "POST",
    "/reconciliation/matches",
    tag=_TAG,
    body=MatchBody,
    returns=MatchedResource,
    status=HTTPStatus.CREATED,
)
def match_by_hand(call: Call[MatchBody]) -> MatchedResource:
    """Put items together that add up."""
    match_id = call.use(MatchByHand)(
        actor=call.actor, items=tuple(call.body.items), note=call.body.note
    )
    return MatchedResource.model_validate({"match_id": match_id})


@operation(
    "POST",
    "/reconciliation/matches/{reconciliation_match_id}/undoing",
    tag=_TAG,
    body=ReasonBody,
)
def unmatch(call: Call[ReasonBody], reconciliation_match_id: UUID) -> None:
    """Take a match apart; no rule puts just these items together again."""
    call.use(Unmatch)(
        actor=call.actor,
        match_id=ReconciliationMatchId(reconciliation_match_id),
        reason=call.body.reason,
    )


def _fields(row: BreakRow) -> dict[str, Any]:
    names = BreakResource.model_fields.keys() - {"age_days"}
    return {name: getattr(row, name) for name in names} | {"age_days": row.age.days}
