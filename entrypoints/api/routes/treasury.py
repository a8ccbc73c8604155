"""
Our own money: at our bank and at the payout vendor; for finance staff.
"""

from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

from pydantic import Field

from application.treasury.bookings import HeldAt, RecordCapital, RecordConversion, RecordSettlement
from application.treasury.funding import RecordFloatFunding, ReverseFloatFunding
from application.treasury.queries import ListFundingRequests, ViewTreasury
from application.treasury.watch import WatchFloat
from domain.shared.money import Money
from domain.treasury.conversion import Conversion
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.wire import AmountIn, AmountOut, Code, ToWire

_TAG = "Treasury"
_Reference = Annotated[
    str,
    Field(
        min_length=1,
        max_length=140,
        description="The bank's or vendor's. The same one again books nothing new.",
    ),
]


class DueResource(Resource):
    kind: Code
    amount: AmountOut
    on: date


class FloatResource(Resource):
    currency: str
    available: AmountOut = Field(description="The vendor's word for what may be paid out.")
    reserved: AmountOut
    pending: AmountOut
    ours: AmountOut = Field(description="What our books say of what may be paid out.")
    difference: AmountOut = Field(description="What the vendor has more; may be negative.")
    on_the_way: AmountOut = Field(description="Sent from our bank lately.")
    needed: AmountOut = Field(description="What is due until `looked_until`.")
    looked_until: date
    short_from: date | None = Field(description="The first day that is not covered.")
    dues: list[DueResource]


class FundingRequestResource(Resource):
    funding_request_id: Annotated[str, ToWire("funding_request")]
    amount: AmountOut
    received: AmountOut
    missing: AmountOut
    due_on: date
    status: Code
    opened_at: datetime
    closed_at: datetime | None


class FundingRequestListing(Listing):
    items: list[FundingRequestResource]


class FloatFundingResource(Resource):
    float_funding_id: Annotated[str, ToWire("float_funding")]
    reference: str
    amount: AmountOut
    occurred_at: datetime
    reversed_at: datetime | None


class StuckMoveResource(Resource):
    reference: str
    amount: AmountOut
    vendor_status: str
    since: datetime


class TreasuryResource(Resource):
    at: datetime
    floats: list[FloatResource]
    requests: list[FundingRequestResource] = Field(description="The newest ones.")
    fundings: list[FloatFundingResource] = Field(description="The newest ones.")
    stuck: list[StuckMoveResource] = Field(
        description="Taken from the balance, and neither delivered nor given back."
    )


class EntryResource(Resource):
    entry_id: Annotated[str, ToWire("journal_entry")]


class FundingBookedResource(Resource):
    float_funding_id: Annotated[str, ToWire("float_funding")]


class PaymentBody(Body):
    amount: AmountIn
    reference: _Reference
    occurred_at: datetime


class SettlementBody(Body):
    received: AmountIn
    fee_minor: int = Field(default=0, ge=0, description="What the processor kept.")
    reference: _Reference
    occurred_at: datetime


class ConversionBody(Body):
    held_at: HeldAt
    sold: AmountIn
    bought: AmountIn
    quoted_rate: str = Field(
        pattern=r"^\d{1,9}(\.\d{1,9})?$",
        description="How much of the bought currency one unit of the sold one was to become.",
    )
    fee: AmountIn | None = None
    reference: _Reference
    occurred_at: datetime

    def conversion(self) -> Conversion:
        """Read it."""
        sold = self.sold.money()
        return Conversion(
            sold=sold,
            bought=self.bought.money(),
            quoted_rate=Decimal(self.quoted_rate),
            fee=Money.zero(sold.currency) if self.fee is None else self.fee.money(),
        )


class ReversalBody(Body):
    reference: _Reference


@operation("GET", "/treasury", tag=_TAG, returns=TreasuryResource)
def view_treasury(call: Call[None]) -> TreasuryResource:
    """Show our balances at the payout vendor, what they have to cover, and what was sent."""
    return TreasuryResource.model_validate(call.use(ViewTreasury)(actor=call.actor))


@operation("GET", "/treasury/funding-requests", tag=_TAG, returns=FundingRequestListing, paged=True)
def list_funding_requests(call: Call[None]) -> FundingRequestListing:
    """List what was asked for, the newest first."""
    page = call.use(ListFundingRequests)(actor=call.actor, **call.page())
    return FundingRequestListing(
        items=[FundingRequestResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("POST", "/treasury/float-checks", tag=_TAG)
def check_float(call: Call[None]) -> None:
    """Compare the balance with what is due now, and ask for money where it falls short."""
    call.use(WatchFloat)(actor=call.actor)


@operation(
    "POST",
    "/treasury/float-fundings",
    tag=_TAG,
    body=PaymentBody,
    returns=FundingBookedResource,
    status=HTTPStatus.CREATED,
)
def record_float_funding(call: Call[PaymentBody]) -> FundingBookedResource:
    """Note what was sent from our bank to the payout vendor; it answers the open request."""
    funding_id = call.use(RecordFloatFunding)(
        actor=call.actor,
        amount=call.body.amount.money(),
        reference=call.body.reference,
        occurred_at=call.body.occurred_at,
    )
    return FundingBookedResource.model_validate({"float_funding_id": funding_id})


@operation("POST", "/treasury/float-fundings/reversal", tag=_TAG, body=ReversalBody)
def reverse_float_funding(call: Call[ReversalBody]) -> None:
    """Note that a bank took back what had been sent; the request is open again."""
    call.use(ReverseFloatFunding)(actor=call.actor, reference=call.body.reference)


@operation(
    "POST",
    "/treasury/capital",
    tag=_TAG,
    body=PaymentBody,
    returns=EntryResource,
    status=HTTPStatus.CREATED,
)
def record_capital(call: Call[PaymentBody]) -> EntryResource:
    """Note what the owners put into our bank account."""
    entry_id = call.use(RecordCapital)(
        actor=call.actor,
        amount=call.body.amount.money(),
        reference=call.body.reference,
        occurred_at=call.body.occurred_at,
    )
    return EntryResource.model_validate({"entry_id": entry_id})


@operation(
    "POST",
    "/treasury/settlements",
    tag=_TAG,
    body=SettlementBody,
    returns=EntryResource,
    status=HTTPStatus.CREATED,
)
def record_settlement(call: Call[SettlementBody]) -> EntryResource:
    """Note what the card processor paid out to our bank, and what it kept."""
    received = call.body.received.money()
    entry_id = call.use(RecordSettlement)(
        actor=call.actor,
        received=received,
        fee=Money(call.body.fee_minor, received.currency),
        reference=call.body.reference,
        occurred_at=call.body.occurred_at,
    )
    return EntryResource.model_validate({"entry_id": entry_id})


@operation(
    "POST",
    "/treasury/conversions",
    tag=_TAG,
    body=ConversionBody,
    returns=EntryResource,
    status=HTTPStatus.CREATED,
)
def record_conversion(call: Call[ConversionBody]) -> EntryResource:
    """Note an exchange between two currencies, with its fee and what it missed its quote by."""
    entry_id = call.use(RecordConversion)(
        actor=call.actor,
        held_at=call.body.held_at,
        conversion=call.body.conversion(),
        reference=call.body.reference,
        occurred_at=call.body.occurred_at,
    )
    return EntryResource.model_validate({"entry_id": entry_id})
