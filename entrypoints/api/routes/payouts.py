"""
From the wallet to the bank.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.payouts.accounts import OpenPayoutAccount, StartVerification
from application.payouts.approval import ApprovePayout, DeclinePayout, ResumePayout
from application.payouts.bank_accounts import LinkBankAccount
from application.payouts.initiation import CancelPayout, RequestPayout
from application.payouts.queries import ListPayouts, ViewPayout, ViewPayoutAccount
from domain.payouts.payout_account import BankDetails
from domain.shared.ids import PayoutId, PhysicianId
from domain.shared.money import Currency
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.wire import AmountIn, AmountOut, Code, ToWire


class PayoutBody(Body):
    amount: AmountIn


class PayoutRequestedResource(Resource):
    payout_id: Annotated[str, ToWire("payout")]


class PayoutSourceResource(Resource):
    consultation_id: Annotated[str, ToWire("consultation")]
    amount: AmountOut


class SignatureResource(Resource):
    user_id: Annotated[str, ToWire("user")]
    name: str
    at: datetime
    note: str | None


class PayoutResource(Resource):
    payout_id: Annotated[str, ToWire("payout")]
    physician_id: Annotated[str, ToWire("physician")]
    physician_name: str
    amount: AmountOut
    status: Code
    requested_at: datetime
    ended_at: datetime | None
    expected_at: datetime | None
    retry_at: datetime | None
    reference: str | None = Field(description="The vendor's, for asking them.")
    vendor_status: str | None
    failure: Code | None
    review: str | None = Field(description="What staff has to look into.")
    fee: AmountOut | None
    attempts: int
    above_limit: bool = Field(description="Whether two people have to agree to it.")
    signatures_missing: int = Field(description="How many people of ours still have to agree.")
    signatures: list[SignatureResource] = Field(
        description="Who has agreed to what is asked now; empty for physicians."
    )
    scheduled: bool = Field(description="Whether the physician's schedule asked for it.")
    declined_because: str | None
    sources: list[PayoutSourceResource] = Field(
        description="The consultations it was earned in; empty in lists."
    )


class PayoutListing(Listing):
    items: list[PayoutResource]


class ResumeBody(Body):
    reason: str = Field(min_length=1, max_length=500, description="For the audit trail.")


class ApprovalBody(Body):
    note: str | None = Field(default=None, max_length=500, description="What was checked.")


class RefusalBody(Body):
    reason: str = Field(min_length=1, max_length=500, description="For the physician to read.")


class SignedResource(Resource):
    payout_id: Annotated[str, ToWire("payout")]
    signatures_missing: int = Field(description="How many people still have to agree; 0: it goes.")


class PayoutAccountOpenedResource(Resource):
    payout_account_id: Annotated[str, ToWire("payout_account")]


class PayoutAccountResource(Resource):
    payout_account_id: Annotated[str, ToWire("payout_account")]
    physician_id: Annotated[str, ToWire("physician")]
    status: Code
    reference: str | None
    bank_last_four: str | None
    bank_country: str | None
    bank_currency: str | None
    cooling_off_until: datetime | None = Field(
        description="Until then nothing is paid to changed bank details."
    )
    requirements: list[Code] = Field(
        description="What the payout vendor wants of the physician before it goes on."
    )
    bank_on_its_way: str | None = Field(
        description="The last four digits of a bank account that is being named to the vendor."
    )


class VerificationBody(Body):
    return_url: str = Field(max_length=2_000, pattern="^https?://")


class VerificationResource(Resource):
    url: str = Field(description="The vendor's own page. It works once.")


class BankBody(Body):
    country: str = Field(pattern="^[A-Z]{2}$")
    currency: str = Field(pattern="^[A-Z]{3}$")
    account_name: str = Field(min_length=1, max_length=200)
    account_number: str = Field(min_length=4, max_length=34)
    routing_type: str = Field(
        max_length=30, description="Such as `bsb`, `aba`, `sort_code` or `swift_code`."
    )
    routing_value: str = Field(min_length=1, max_length=40)


@operation(
    "POST",
    "/physicians/{physician_id}/payouts",
    tag="Payouts",
    body=PayoutBody,
    once=True,
    returns=PayoutRequestedResource,
    status=HTTPStatus.CREATED,
)
def request_payout(call: Call[PayoutBody], physician_id: UUID) -> PayoutRequestedResource:
    """Withdraw to one's bank account; the oldest earnings are used first."""
    payout_id = call.use(RequestPayout)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        amount=call.body.amount.money(),
    )
    return PayoutRequestedResource.model_validate({"payout_id": payout_id})


@operation(
    "GET",
    "/physicians/{physician_id}/payouts",
    tag="Payouts",
    returns=PayoutListing,
    paged=True,
)
def list_payouts(call: Call[None], physician_id: UUID) -> PayoutListing:
    """List a physician's payouts, the newest first."""
    page = call.use(ListPayouts)(
        actor=call.actor, physician_id=PhysicianId(physician_id), **call.page()
    )
    return PayoutListing(
        items=[PayoutResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("GET", "/payouts/{payout_id}", tag="Payouts", returns=PayoutResource)
def view_payout(call: Call[None], payout_id: UUID) -> PayoutResource:
    """Show a payout and the consultations that it was earned in."""
    return PayoutResource.model_validate(
        call.use(ViewPayout)(actor=call.actor, payout_id=PayoutId(payout_id))
    )


@operation("POST", "/payouts/{payout_id}/cancellation", tag="Payouts")
def cancel_payout(call: Call[None], payout_id: UUID) -> None:
    """Put the money back into the wallet before it is sent."""
    call.use(CancelPayout)(actor=call.actor, payout_id=PayoutId(payout_id))


@operation(
    "POST",
    "/payouts/{payout_id}/approval",
    tag="Payouts",
    body=ApprovalBody,
    returns=SignedResource,
)
def approve_payout(call: Call[ApprovalBody], payout_id: UUID) -> SignedResource:
    """As finance staff, agree to a payout above the limit; the second person's yes sends it."""
    missing = call.use(ApprovePayout)(
        actor=call.actor, payout_id=PayoutId(payout_id), note=call.body.note
    )
    return SignedResource.model_validate({"payout_id": payout_id, "signatures_missing": missing})


@operation("POST", "/payouts/{payout_id}/refusal", tag="Payouts", body=RefusalBody)
def decline_payout(call: Call[RefusalBody], payout_id: UUID) -> None:
    """As finance staff, say no to a payout above the limit; the money is back in the wallet."""
    call.use(DeclinePayout)(
        actor=call.actor, payout_id=PayoutId(payout_id), reason=call.body.reason
    )


@operation(
    "POST",
    "/payouts/{payout_id}/resumption",
    tag="Payouts",
    body=ResumeBody,
    returns=SignedResource,
)
def resume_payout(call: Call[ResumeBody], payout_id: UUID) -> SignedResource:
    """
    As finance staff, send a payout on that was under review.

    It takes a second person above the limit, and wherever money may go out twice.
    """
    missing = call.use(ResumePayout)(
        actor=call.actor, payout_id=PayoutId(payout_id), reason=call.body.reason
    )
    return SignedResource.model_validate({"payout_id": payout_id, "signatures_missing": missing})


@operation(
    "POST",
    "/physicians/{physician_id}/payout-account",
    tag="Payouts",
    returns=PayoutAccountOpenedResource,
    status=HTTPStatus.CREATED,
)
def open_payout_account(call: Call[None], physician_id: UUID) -> PayoutAccountOpenedResource:
    """Open a payout account, or go on where that stopped."""
    account_id = call.use(OpenPayoutAccount)(
        actor=call.actor, physician_id=PhysicianId(physician_id)
    )
    return PayoutAccountOpenedResource.model_validate({"payout_account_id": account_id})


@operation(
    "GET",
    "/physicians/{physician_id}/payout-account",
    tag="Payouts",
    returns=PayoutAccountResource,
)
def view_payout_account(call: Call[None], physician_id: UUID) -> PayoutAccountResource:
    """Show how far a physician's payout account is."""
    return PayoutAccountResource.model_validate(
        call.use(ViewPayoutAccount)(actor=call.actor, physician_id=PhysicianId(physician_id))
    )


@operation(
    "PUT",
    "/physicians/{physician_id}/payout-account/bank-account",
    tag="Payouts",
    body=BankBody,
)
def link_bank_account(call: Call[BankBody], physician_id: UUID) -> None:
    """
    Name the bank account to be paid to.

    It goes to the payout vendor; we keep its last four digits.
    """
    sent = call.body
    call.use(LinkBankAccount)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        bank=BankDetails(
            country=sent.country,
            currency=Currency(sent.currency),
            account_name=sent.account_name,
            account_number=sent.account_number,
            routing_type=sent.routing_type,
            routing_value=sent.routing_value,
        ),
    )


@operation(
    "POST",
    "/physicians/{physician_id}/payout-account/verification",
    tag="Payouts",
    body=VerificationBody,
    returns=VerificationResource,
    secret=True,
)
def start_verification(call: Call[VerificationBody], physician_id: UUID) -> VerificationResource:
    """Go to the payout vendor's page to hand in what it wants."""
    url = call.use(StartVerification)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        return_url=call.body.return_url,
    )
    return VerificationResource(url=url)
