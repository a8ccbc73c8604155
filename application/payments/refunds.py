"""
Money goes back to the patient: quoted first, then posted exactly so, then sent.

The books show a refund from the moment of the request, so that what the physician's
wallet has to give back cannot be withdrawn in between. A refund that comes to nothing is
undone leg by leg.
"""

from datetime import datetime

from attrs import frozen

from application.payments.giving_back import work_out_shares
from application.payments.ports import (
    PaymentRefused,
    PaymentsUnitOfWork,
    RefundGateway,
    RefundInstruction,
)
from application.payments.refund_posting import begin_refund, finish_refund
from application.payments.refund_tracking import record_refund
from application.shared.access import Actor, Role, require_role, require_system
from application.shared.ports import Clock, Ids
from domain.payments.payment import Payment
from domain.payments.refund import (
    Bearer,
    MalformedRefund,
    NothingToRefund,
    RefundFinding,
    RefundQuote,
    RefundStatus,
    Shares,
)
from domain.shared.ids import ConsultationId, RefundId, RefundQuoteId, to_wire
from domain.shared.money import Money


@frozen(kw_only=True)
class RefundQuoteView:
    """What a refund would do, and until when the offer stands."""

    quote_id: RefundQuoteId
    amount: Money
    bearer: Bearer
    shares: Shares
    expires_at: datetime


@frozen
class QuoteRefund:
    """
    Work out who would bear what of a refund.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        consultation_id: ConsultationId,
        amount: Money | None = None,
        bearer: Bearer = Bearer.SHARED,
    ) -> RefundQuoteView:
        """
        Returns the offer; nothing is moved by it.

        Args:
            amount: All that is left, if None.

        Raises:
            AccessDenied: Not staff for money or operations.
            NothingToRefund: Nothing was taken, or all of it was given back.
            MalformedRefund: Another currency, or not a positive amount.
        """
        require_role(actor, Role.FINANCE, Role.OPERATIONS)
        now = self._clock.now()
        with self._uow as uow:
            payment = uow.payments.of_consultation(consultation_id)
            if payment is None or not payment.refundable:
                raise NothingToRefund("There is nothing to refund.")
            wanted = _checked(amount or payment.refundable, payment)
            quote = RefundQuote(
                id=RefundQuoteId(self._ids.new()),
                payment_id=payment.id,
                bearer=bearer,
                shares=work_out_shares(uow, payment, wanted, bearer),
                quoted_at=now,
            )
            uow.refunds.add_quote(quote)
            uow.commit()
        return RefundQuoteView(
            quote_id=quote.id,
            amount=quote.amount,
            bearer=bearer,
            shares=quote.shares,
            expires_at=quote.expires_at,
        )


@frozen
class RefundPayment:
    """
    Refund exactly what was quoted.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(self, *, actor: Actor, quote_id: RefundQuoteId, reason: str) -> RefundId:
        """
        Taking the same quote again is the same refund.

        Args:
            reason: Why, for the audit trail.

        Raises:
            AccessDenied: Not finance staff.
            QuoteNotFound: No such quote.
            QuoteExpired: It is too old.
            NothingToRefund: It was refunded in the meantime.
            QuoteNoLongerTrue: Somebody would bear something else now.
        """
        require_role(actor, Role.FINANCE)
        now = self._clock.now()
        with self._uow as uow:
            quote = uow.refunds.quote(quote_id)
            payment = uow.payments.get(quote.payment_id)
            earlier = uow.refunds.of_quote(quote_id)
            if earlier is not None:
                return earlier.id
            _checked(quote.amount, payment)
            shares = work_out_shares(uow, payment, quote.amount, quote.bearer)
            quote.check(shares, now=now)
            refund = begin_refund(
                uow,
                payment,
                shares,
                refund_id=RefundId(self._ids.new()),
                quote_id=quote_id,
                now=now,
            )
            uow.audit.record(
                actor=actor,
                action="refund.requested",
                subject=to_wire("refund", refund.id),
                patient_id=payment.patient_id,
                reason=reason,
            )
            uow.commit()
        return refund.id


@frozen
class SubmitRefund:
    """
    Ask the processor to give the money back.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _gateway: RefundGateway

    def __call__(self, *, actor: Actor, refund_id: RefundId) -> None:
        """
        A refund that the processor has already is left alone.

        Raises:
            PaymentOutcomeUnknown: The processor does not answer; asking again is the same refund.
        """
        require_system(actor)
        with self._uow as uow:
            refund = uow.refunds.get(refund_id)
            reference = uow.payments.get(refund.payment_id).reference
        if refund.status is not RefundStatus.REQUESTED or refund.reference is not None:
            return
        if reference is None:
            raise NothingToRefund("This payment never reached the processor.")
        instruction = RefundInstruction(
            refund_id=refund_id, payment_reference=reference, amount=refund.amount
        )
        try:
            found = self._gateway.refund(instruction)
        except PaymentRefused:
            with self._uow as uow:
                finish_refund(
                    uow, uow.refunds.get(refund_id), RefundFinding.FAILED, self._clock.now()
                )
                uow.commit()
            return
        record_refund(self._uow, found, refund_id, self._clock.now())


def _checked(amount: Money, payment: Payment) -> Money:
    if amount.currency != payment.amount.currency or amount.minor <= 0:
        raise MalformedRefund(
            f"Refund a positive amount in {payment.amount.currency}.", field="amount"
        )
    if amount > payment.refundable:
        raise NothingToRefund("There is not that much left to refund.")
    return amount
