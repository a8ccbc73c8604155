"""
What patients pay and get back.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from application.payments.cancellation_quote import CancellationQuote, QuoteCancellation
from application.payments.initiation import StartPayment
from application.payments.queries import ListPayments, ViewPayment
from application.payments.refunds import QuoteRefund, RefundPayment
from application.payments.review import EndPaymentReview
from domain.payments.refund import Bearer
from domain.shared.ids import ConsultationId, PatientId, PaymentId, RefundQuoteId
from entrypoints.api.operations import Body, Call, Listing, Resource, operation
from entrypoints.api.parameters import flag, identifier
from entrypoints.api.wire import AmountIn, AmountOut, Code, FromWire, ToWire


class StartPaymentBody(Body):
    return_url: str = Field(
        max_length=2_000,
        pattern="^https?://",
        description="Where the processor's page sends the patient afterwards.",
    )


class PaymentToMakeResource(Resource):
    payment_id: Annotated[str, ToWire("payment")]
    amount: AmountOut
    redirect_url: str = Field(description="The processor's page. Send the patient there.")


class RefundResource(Resource):
    refund_id: Annotated[str, ToWire("refund")]
    amount: AmountOut
    status: Code
    requested_at: datetime
    succeeded_at: datetime | None


class PaymentResource(Resource):
    payment_id: Annotated[str, ToWire("payment")]
    consultation_id: Annotated[str, ToWire("consultation")]
    patient_id: Annotated[str, ToWire("patient")]
    status: Code
    amount: AmountOut
    refunded: AmountOut
    created_at: datetime
    captured_at: datetime | None
    failure_code: str | None
    review: str | None = Field(description="What staff has to look into; for staff only.")
    refunds: list[RefundResource]

    @classmethod
    def of(cls, view: Any, *, for_staff: bool) -> Self:
        """Write it."""
        resource = cls.model_validate(view)
        return resource if for_staff else resource.model_copy(update={"review": None})


class PaymentListing(Listing):
    items: list[PaymentResource]


class CancellationQuoteResource(Resource):
    paid: AmountOut = Field(description="What was taken from the card.")
    back: AmountOut = Field(description="The part of it that comes back.")
    kept: AmountOut
    released: AmountOut = Field(description="A reservation that is let go.")

    @classmethod
    def of(cls, quote: CancellationQuote) -> Self:
        """Write it."""
        return cls.model_validate(quote)


class RefundQuoteBody(Body):
    amount: AmountIn | None = Field(default=None, description="All that is left, if not given.")
    bearer: Bearer = Bearer.SHARED


class SharesResource(Resource):
    patient_funds: AmountOut = Field(description="Money that nobody had earned yet.")
    commission: AmountOut
    platform_fee: AmountOut
    tax: AmountOut
    pending: AmountOut = Field(description="From the physician's earnings that still clear.")
    available: AmountOut = Field(description="From what the physician could have withdrawn.")
    debt: AmountOut = Field(description="What the physician owes, because it was paid out.")
    goodwill: AmountOut = Field(description="What the platform bears for the physician.")


class RefundQuoteResource(Resource):
    quote_id: Annotated[str, ToWire("refund_quote")]
    amount: AmountOut
    bearer: Code
    shares: SharesResource
    expires_at: datetime


class RefundBody(Body):
    quote_id: Annotated[UUID, FromWire("refund_quote")]
    reason: str = Field(min_length=1, max_length=500, description="For the audit trail.")


class RefundRequestedResource(Resource):
    refund_id: Annotated[str, ToWire("refund")]


class ReviewBody(Body):
    note: str = Field(min_length=1, max_length=500, description="What was found, for the record.")


@operation(
    "POST",
    "/consultations/{consultation_id}/payment",
    tag="Payments",
    body=StartPaymentBody,
    returns=PaymentToMakeResource,
    status=HTTPStatus.CREATED,
    secret=True,
)
def start_payment(call: Call[StartPaymentBody], consultation_id: UUID) -> PaymentToMakeResource:
    """
    Begin to pay for a consultation.

    Asking again leads to the same payment.
    """
    to_make = call.use(StartPayment)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        return_url=call.body.return_url,
    )
    return PaymentToMakeResource.model_validate(to_make)


@operation(
    "GET",
    "/consultations/{consultation_id}/payment",
    tag="Payments",
    returns=PaymentResource,
)
def view_payment(call: Call[None], consultation_id: UUID) -> PaymentResource:
    """Show what became of the payment for a consultation."""
    view = call.use(ViewPayment)(actor=call.actor, consultation_id=ConsultationId(consultation_id))
    return PaymentResource.of(view, for_staff=call.actor.is_staff)


@operation(
    "GET",
    "/payments",
    tag="Payments",
    returns=PaymentListing,
    paged=True,
    query={
        "patient_id": "Whose. Patients see their own without saying so.",
        "needs_review": "`true`: only those that staff has to look into.",
    },
)
def list_payments(call: Call[None]) -> PaymentListing:
    """List payments, the newest first."""
    asked = identifier(call, "patient_id")
    patient_id = PatientId(asked) if asked else call.actor.patient_id
    page = call.use(ListPayments)(
        actor=call.actor,
        patient_id=patient_id,
        needs_review=flag(call, "needs_review"),
        **call.page(),
    )
    for_staff = call.actor.is_staff
    return PaymentListing(
        items=[PaymentResource.of(one, for_staff=for_staff) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation(
    "GET",
    "/consultations/{consultation_id}/cancellation-quote",
    tag="Payments",
    returns=CancellationQuoteResource,
)
def quote_cancellation(call: Call[None], consultation_id: UUID) -> CancellationQuoteResource:
    """Show a patient what cancelling now would give back."""
    return CancellationQuoteResource.of(
        call.use(QuoteCancellation)(
            actor=call.actor, consultation_id=ConsultationId(consultation_id)
        )
    )


@operation(
    "POST",
    "/consultations/{consultation_id}/refund-quotes",
    tag="Payments",
    body=RefundQuoteBody,
    returns=RefundQuoteResource,
    status=HTTPStatus.CREATED,
)
def quote_refund(call: Call[RefundQuoteBody], consultation_id: UUID) -> RefundQuoteResource:
    """Work out, for staff, who would bear what of a refund; nothing is moved by it."""
    amount = call.body.amount
    quote = call.use(QuoteRefund)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        amount=amount.money() if amount else None,
        bearer=call.body.bearer,
    )
    return RefundQuoteResource.model_validate(quote)


@operation(
    "POST",
    "/refunds",
    tag="Payments",
    body=RefundBody,
    returns=RefundRequestedResource,
    status=HTTPStatus.CREATED,
)
def refund_payment(call: Call[RefundBody]) -> RefundRequestedResource:
    """Refund exactly what was quoted."""
    refund_id = call.use(RefundPayment)(
        actor=call.actor, quote_id=RefundQuoteId(call.body.quote_id), reason=call.body.reason
    )
    return RefundRequestedResource.model_validate({"refund_id": refund_id})


@operation("POST", "/payments/{payment_id}/review", tag="Payments", body=ReviewBody)
def end_payment_review(call: Call[ReviewBody], payment_id: UUID) -> None:
    """Take a payment off the list of what has to be looked into."""
    call.use(EndPaymentReview)(
        actor=call.actor, payment_id=PaymentId(payment_id), note=call.body.note
    )
