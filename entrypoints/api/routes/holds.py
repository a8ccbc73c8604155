"""
Money that is held while staff looks into something.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from application.ledger.hold_queries import ListHolds
from application.ledger.holds import PlaceHold, ReleaseHold
from domain.ledger.hold import HoldCategory
from domain.shared.ids import HoldId, PhysicianId
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.wire import AmountIn, AmountOut, Code, ToWire


class HoldBody(Body):
    amount: AmountIn
    category: HoldCategory = Field(description="What the physician may know of it.")
    review_until: AwareDatetime = Field(description="When it is given back by itself.")
    reason: str = Field(min_length=1, max_length=500, description="For the audit trail alone.")


class ReleaseBody(Body):
    reason: str = Field(min_length=1, max_length=500, description="For the audit trail.")


class HoldPlacedResource(Resource):
    hold_id: Annotated[str, ToWire("hold")]


class HoldResource(Resource):
    hold_id: Annotated[str, ToWire("hold")]
    physician_id: Annotated[str, ToWire("physician")]
    physician_name: str
    amount: AmountOut
    category: Code
    placed_at: datetime
    review_until: datetime


class HoldListing(Listing):
    items: list[HoldResource]


@operation(
    "POST",
    "/physicians/{physician_id}/holds",
    tag="Wallets",
    body=HoldBody,
    once=True,
    returns=HoldPlacedResource,
    status=HTTPStatus.CREATED,
)
def place_hold(call: Call[HoldBody], physician_id: UUID) -> HoldPlacedResource:
    """As finance staff, set part of a wallet aside until a day; the physician sees why."""
    sent = call.body
    hold_id = call.use(PlaceHold)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        amount=sent.amount.money(),
        category=sent.category,
        review_until=sent.review_until,
        reason=sent.reason,
    )
    return HoldPlacedResource.model_validate({"hold_id": hold_id})


@operation("POST", "/holds/{hold_id}/release", tag="Wallets", body=ReleaseBody)
def release_hold(call: Call[ReleaseBody], hold_id: UUID) -> None:
    """As finance staff, give back what is held before its day."""
    call.use(ReleaseHold)(actor=call.actor, hold_id=HoldId(hold_id), reason=call.body.reason)


@operation("GET", "/operations/holds", tag="Operations", returns=HoldListing, paged=True)
def list_holds(call: Call[None]) -> HoldListing:
    """List what is held for review; what ends first comes first."""
    page = call.use(ListHolds)(actor=call.actor, **call.page())
    return HoldListing(
        items=[HoldResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )
