"""
One payment for staff: what was taken, what was given back, and another refund.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import reflex as rx

from application.payments.queries import PaymentView, RefundView, ViewPayment
from application.payments.refunds import QuoteRefund, RefundPayment, RefundQuoteView
from application.payments.review import EndPaymentReview
from domain.payments.refund import Bearer, MalformedRefund, RefundStatus, Shares
from domain.shared.ids import PaymentId, RefundQuoteId, to_wire
from domain.shared.money import Money
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    follow,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, clock_time, moment

ROUTE = "/operations/payments/[consultation_id]"

REVIEW_WORDS = {
    "refunded_at_the_processor": "Money was given back on the processor's own pages",
    "refunded_beyond_our_books": "The processor gave back more than our books have left",
    "unrecognised_refund_status": "The processor reports an unknown status of a refund",
    "unrecognised_status": "The processor reports an unknown status",
    "refund_failed": "A refund did not reach the patient",
}
_REFUND_WORDS = {
    RefundStatus.REQUESTED: ("Asked for", "wait"),
    RefundStatus.PENDING: ("On its way", "wait"),
    RefundStatus.SUCCEEDED: ("With the patient", "good"),
    RefundStatus.FAILED: ("Came back", "harm"),
}


@dataclass(frozen=True)
class RefundLine:
    """A refund and how far it has come."""

    when: str
    status: str
    tone: str
    done: str
    sum: str


class StaffPaymentState(PageState, rx.State):
    """The payment, and the refund that is being thought about."""

    reference: str = ""
    consultation: str = ""
    sum: str = ""
    status: str = ""
    refunded: str = ""
    captured: str = ""
    currency: str = ""
    review: str = ""
    refunds: list[RefundLine] = []
    may_refund: bool = False
    quote: str = ""
    quote_shares: list[str] = []
    quote_holds: str = ""
    deeds: int = 0

    _payment_id: PaymentId | None = None
    _quote_id: RefundQuoteId | None = None

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def quote_refund(self, form: dict[str, Any]) -> None:
        """Say who would bear a refund, before it is one."""
        async with acting(self):
            quote = await ask(
                self,
                QuoteRefund,
                consultation_id=self._id(),
                amount=amount_in(str(form.get("amount", "")), self.currency),
                bearer=Bearer.PLATFORM if form.get("goodwill") else Bearer.SHARED,
            )
            self._show(quote, await zone_here(self))

    @allowed(Audience.STAFF)
    async def drop_quote(self) -> None:
        """Think again."""
        async with acting(self):
            self._forget_quote()

    @allowed(Audience.STAFF)
    async def refund(self, form: dict[str, Any]) -> None:
        """Refund exactly what was quoted."""
        async with acting(self):
            await ask(
                self, RefundPayment, quote_id=self._quote_id, reason=str(form.get("reason", ""))
            )
            self._forget_quote()
            await self._fill()
            self.deeds += 1
            self.notice = "The refund is on its way."

    @allowed(Audience.STAFF)
    async def end_review(self, form: dict[str, Any]) -> None:
        """Say what was found."""
        async with acting(self):
            await ask(
                self,
                EndPaymentReview,
                payment_id=self._payment_id,
                note=str(form.get("note", "")),
            )
            await self._fill()
            self.deeds += 1
            self.notice = "Noted. The payment is off the list."

    def _id(self) -> Any:
        return id_in_address(self, "consultation")

    def _show(self, quote: RefundQuoteView, zone: str) -> None:
        self._quote_id = quote.quote_id
        self.quote = amount(quote.amount)
        self.quote_shares = shares_in_words(quote.shares)
        self.quote_holds = f"It holds until {clock_time(quote.expires_at, zone)}."

    def _forget_quote(self) -> None:
        self.quote, self.quote_shares, self.quote_holds, self._quote_id = "", [], "", None

    async def _fill(self) -> None:
        consultation_id = self._id()
        follow(self, consultation_id)
        zone = await zone_here(self)
        self.consultation = to_wire("consultation", consultation_id)
        payment: PaymentView = await ask(self, ViewPayment, consultation_id=consultation_id)
        self._payment_id = payment.payment_id
        self.reference = to_wire("payment", payment.payment_id)
        self.sum, self.currency = amount(payment.amount), payment.amount.currency.code
        self.status = payment.status.value.replace("_", " ").capitalize()
        self.refunded = amount(payment.refunded)
        self.captured = moment(payment.captured_at, zone) if payment.captured_at else "Not yet"
        self.review = review_words(payment.review)
        self.refunds = [_line(one, zone) for one in payment.refunds]
        self.may_refund = payment.captured_at is not None and payment.refunded < payment.amount


def review_words(finding: str | None) -> str:
    """What has to be looked into; empty if nothing."""
    if finding is None:
        return ""
    return REVIEW_WORDS.get(finding, finding.replace("_", " ").capitalize())


def amount_in(written: str, currency: str) -> Money | None:
    """
    The amount that somebody wrote; None for all that is left.

    Raises:
        MalformedRefund: It is no amount.
    """
    text = written.strip().replace(",", ".")
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise MalformedRefund("Write an amount such as 12.50.", field="amount")
    return Money.from_major(number, currency)


def shares_in_words(shares: Shares) -> list[str]:
    """Who bears what."""
    parts = (
        ("From money that nobody had earned yet", shares.patient_funds),
        ("From our commission", shares.commission),
        ("From the platform fee", shares.platform_fee),
        ("From the tax", shares.tax),
        ("From the physician's pending earnings", shares.pending),
        ("From the physician's available balance", shares.available),
        ("Owed by the physician from later earnings", shares.debt),
        ("Borne by us as goodwill", shares.goodwill),
    )
    return [f"{words}: {amount(part)}" for words, part in parts if part]


def _line(one: RefundView, zone: str) -> RefundLine:
    status, tone = _REFUND_WORDS[one.status]
    return RefundLine(
        when=moment(one.requested_at, zone),
        status=status,
        tone=tone,
        done=moment(one.succeeded_at, zone) if one.succeeded_at is not None else "",
        sum=amount(one.amount),
    )
