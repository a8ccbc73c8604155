"""
Payments and refunds through Stripe (https://docs.stripe.com/api, version pinned by the SDK).

Card data stays on Stripe's own page. Every request carries an idempotency key made from our
own identifier, so that asking again after a crash is the same request. Stripe's own words
are left out of our errors, because they can repeat what was typed.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import stripe
from stripe import StripeClient

from application.payments.ports import (
    FoundPayment,
    FoundRefund,
    PaymentInstruction,
    PaymentOutcomeUnknown,
    PaymentRefused,
    RefundInstruction,
    StartedPayment,
)
from domain.payments.payment import Finding, PaymentNotFound, ProcessorReport
from domain.payments.refund import RefundFinding, RefundNotFound
from domain.shared.errors import InvariantError
from domain.shared.ids import PaymentId, RefundId
from domain.shared.money import Money

Answer = TypeVar("Answer")

_NOT_FOUND = 404
_PAGE = 100
_FINDINGS = {
    "requires_payment_method": Finding.UNPAID,
    "requires_confirmation": Finding.UNPAID,
    "requires_action": Finding.UNPAID,
    "processing": Finding.UNPAID,
    "requires_capture": Finding.AUTHORISED,
    "succeeded": Finding.CAPTURED,
    "canceled": Finding.CANCELLED,
}
_REFUND_FINDINGS = {
    "pending": RefundFinding.PENDING,
    "requires_action": RefundFinding.PENDING,
    "succeeded": RefundFinding.SUCCEEDED,
    "failed": RefundFinding.FAILED,
    "canceled": RefundFinding.FAILED,
}


class StripePayments:
    """
    PaymentIntents with manual capture, and refunds of them.

    Args:
        client: With the key and base addresses to use.
        pay_url: The hosted page that takes the card, without the intent's identifier.
    """

    def __init__(self, client: StripeClient, pay_url: str) -> None:
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._pay_url = pay_url.rstrip("/")

    def start(self, instruction: PaymentInstruction, *, return_url: str) -> StartedPayment:
        intent = _answer(
            lambda: self._intents.create(
                {
                    "amount": instruction.amount.minor,
                    "currency": instruction.amount.currency.code.lower(),
                    "capture_method": "manual",
                    # Methods that redirect cannot set an amount aside to be taken later.
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "metadata": {"payment_id": str(instruction.payment_id)},
                },
                {"idempotency_key": f"payment-{instruction.payment_id}"},
            )
        )
        return self._started(intent, return_url)

    def resume(self, reference: str, *, return_url: str) -> StartedPayment:
        return self._started(_answer(lambda: self._intents.retrieve(reference)), return_url)

    def find(self, reference: str) -> FoundPayment:
        return _found(_answer(lambda: self._intents.retrieve(reference)))

    def capture(self, reference: str, *, payment_id: PaymentId) -> FoundPayment:
        try:
            intent = _answer(
                lambda: self._intents.capture(
                    reference, {}, {"idempotency_key": f"capture-{payment_id}"}
                )
            )
        except PaymentRefused:
            # Captured before, cancelled or lapsed: what it is now says which.
            return self.find(reference)
        return _found(intent)

    def cancel(self, reference: str, *, payment_id: PaymentId) -> FoundPayment:
        try:
            intent = _answer(
                lambda: self._intents.cancel(
                    reference, {}, {"idempotency_key": f"cancel-{payment_id}"}
                )
            )
        except PaymentRefused:
            return self.find(reference)
        return _found(intent)

    def refund(self, instruction: RefundInstruction) -> FoundRefund:
        refund = _answer(
            lambda: self._refunds.create(
                {
                    "payment_intent": instruction.payment_reference,
                    "amount": instruction.amount.minor,
                    "metadata": {"refund_id": str(instruction.refund_id)},
                },
                {"idempotency_key": f"refund-{instruction.refund_id}"},
            )
        )
        return _found_refund(refund)

    def find_refund(self, reference: str) -> FoundRefund:
        try:
            return _found_refund(_answer(lambda: self._refunds.retrieve(reference)))
        except PaymentNotFound:
            raise RefundNotFound("The processor does not know this refund.") from None

    def refunds_since(self, since: datetime) -> tuple[FoundRefund, ...]:
        return _answer(lambda: tuple(self._listed_refunds(int(since.timestamp()))))

    def _listed_refunds(self, since: int) -> Iterator[FoundRefund]:
        listed = self._refunds.list({"created": {"gte": since}, "limit": _PAGE})
        for refund in listed.auto_paging_iter():
            yield _found_refund(refund)

    def _started(self, intent: Any, return_url: str) -> StartedPayment:
        query = urlencode({"client_secret": intent.client_secret, "return_url": return_url})
        return StartedPayment(
            reference=intent.id,
            redirect_url=f"{self._pay_url}/{intent.id}?{query}",
            client_secret=intent.client_secret,
        )


def _found(intent: Any) -> FoundPayment:
    finding = _FINDINGS.get(intent.status, Finding.UNRECOGNISED)
    error = intent.last_payment_error
    if finding is Finding.UNPAID and error and intent.status == "requires_payment_method":
        finding = Finding.DECLINED
    minor = {
        Finding.AUTHORISED: intent.amount_capturable,
        Finding.CAPTURED: intent.amount_received,
    }.get(finding, intent.amount)
    return FoundPayment(
        reference=intent.id,
        payment_id=_own_id(PaymentId, intent.metadata, "payment_id"),
        report=ProcessorReport(
            finding=finding,
            amount=Money.of(minor, intent.currency.upper()),
            failure_code=_failure_code(error),
        ),
    )


def _failure_code(error: Any) -> str:
    if not error:
        return "declined"
    facts = error.to_dict()
    return str(facts.get("decline_code") or facts.get("code") or "declined")


def _found_refund(refund: Any) -> FoundRefund:
    return FoundRefund(
        reference=refund.id,
        refund_id=_own_id(RefundId, refund.metadata, "refund_id"),
        payment_reference=str(refund.payment_intent),
        finding=_REFUND_FINDINGS.get(refund.status, RefundFinding.UNRECOGNISED),
        amount=Money.of(refund.amount, refund.currency.upper()),
    )


def _own_id(kind: Callable[[UUID], Answer], metadata: Any, name: str) -> Answer | None:
    """The identifier that we gave; None if the object was made by somebody else."""
    text = (metadata.to_dict() if metadata else {}).get(name)
    try:
        return kind(UUID(text))
    except (TypeError, ValueError):
        return None


def _answer(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except stripe.CardError as declined:
        raise PaymentRefused(f"The processor declined: {declined.code}.") from None
    except stripe.IdempotencyError as error:
        if error.code == "idempotency_key_in_use":
            raise PaymentOutcomeUnknown("The processor is still at work on this.") from None
        raise InvariantError("one of our keys was used for two different requests") from None
    except stripe.InvalidRequestError as refused:
        if refused.http_status == _NOT_FOUND:
            raise PaymentNotFound("The processor does not know this payment.") from None
        raise PaymentRefused(f"The processor refused: {refused.code}.") from None
    except stripe.StripeError:
        raise PaymentOutcomeUnknown("The payment processor does not answer just now.") from None
