"""
Refunds are followed at the processor, also those that were made there by hand.

One that we never asked for is taken over: booked once, borne as the frozen terms say, and
left to a person, who finds out why it was made.
"""

from datetime import datetime

from attrs import frozen

from application.payments.giving_back import work_out_shares
from application.payments.ports import FoundRefund, PaymentsUnitOfWork, RefundGateway
from application.payments.refund_posting import begin_refund, finish_refund
from application.shared.access import SYSTEM, Actor, Role, require_role
from application.shared.ports import Clock, Ids
from domain.payments.payment import Payment, PaymentMoved, RefundExceedsPayment
from domain.payments.refund import Bearer, Refund
from domain.shared.ids import RefundId, to_wire


@frozen
class RefreshRefund:
    """
    Look a refund up at the processor and follow what it says; one made there is taken over.
    """

    _uow: PaymentsUnitOfWork
    _clock: Clock
    _ids: Ids
    _gateway: RefundGateway

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        Ask as often as wanted: what is known already changes nothing.

        Raises:
            RefundNotFound: Its own transaction has not committed yet; try later.
            PaymentNotFound: It belongs to no payment of ours.
            PaymentMoved: Our own record of the payment is behind; try later.
            RefundExceedsPayment: Our books had not that much left; a person was told.
            PaymentOutcomeUnknown: The processor does not answer.
        """
        require_role(actor, Role.FINANCE, Role.OPERATIONS)
        now = self._clock.now()
        found = self._gateway.find_refund(reference)
        refund_id = found.refund_id or take_over(self._uow, found, self._ids, now)
        record_refund(self._uow, found, refund_id, now)


def take_over(uow: PaymentsUnitOfWork, found: FoundRefund, ids: Ids, now: datetime) -> RefundId:
    """
    Book a refund that was made at the processor, once.

    Raises:
        PaymentNotFound: It belongs to no payment of ours.
        PaymentMoved: Our own record of the payment is behind.
        RefundExceedsPayment: Our books had not that much left; a person was told.
    """
    with uow:
        payment = uow.payments.by_reference(found.payment_reference)
        known = uow.refunds.by_reference(found.reference)
        if known is not None:
            return known.id
        if not payment.is_taken:
            raise PaymentMoved("This payment is not captured in our books yet.")
        fits = found.amount <= payment.kept
        refund_id = RefundId(ids.new())
        if fits:
            _book(uow, payment, found, refund_id, now)
        uow.audit.record(
            actor=SYSTEM,
            action="refund.taken_over" if fits else "refund.beyond_our_books",
            subject=to_wire("refund", refund_id) if fits else to_wire("payment", payment.id),
            details={"reference": found.reference},
        )
        payment.need_review(
            "refunded_at_the_processor" if fits else "refunded_beyond_our_books", now=now
        )
        uow.payments.save(payment)
        uow.commit()
    if not fits:
        raise RefundExceedsPayment("More was given back than our books have left.")
    return refund_id


def record_refund(
    uow: PaymentsUnitOfWork, found: FoundRefund, refund_id: RefundId, now: datetime
) -> Refund:
    """
    Move our refund to where the processor says it is, and the books with it.

    Raises:
        RefundNotFound: We do not know it.
    """
    with uow:
        refund = uow.refunds.get(refund_id)
        before = refund.status
        refund.link(found.reference)
        finish_refund(uow, refund, found.finding, now)
        if refund.status is not before:
            uow.audit.record(
                actor=SYSTEM,
                action=f"refund.{refund.status.value}",
                subject=to_wire("refund", refund.id),
                details={"reference": found.reference},
            )
        uow.commit()
    return refund


def _book(
    uow: PaymentsUnitOfWork,
    payment: Payment,
    found: FoundRefund,
    refund_id: RefundId,
    now: datetime,
) -> None:
    begin_refund(
        uow,
        payment,
        work_out_shares(uow, payment, found.amount, Bearer.SHARED),
        refund_id=refund_id,
        quote_id=None,
        reference=found.reference,
        now=now,
    )
