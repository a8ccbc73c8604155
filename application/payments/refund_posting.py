"""
What a refund does to the books and to the physician's earnings, and how it is undone.
"""

from datetime import datetime

from application.payments.giving_back import take_from_lots, undo_giving_back
from application.payments.ports import PaymentsUnitOfWork
from domain.ledger import posting_rules
from domain.ledger.journal import JournalDraft, Reason, key_of
from domain.payments.payment import Payment
from domain.payments.refund import Refund, RefundFinding, RefundStatus, Shares
from domain.shared.ids import RefundId, RefundQuoteId, to_wire


def begin_refund(
    uow: PaymentsUnitOfWork,
    payment: Payment,
    shares: Shares,
    *,
    refund_id: RefundId,
    quote_id: RefundQuoteId | None,
    now: datetime,
    reference: str | None = None,
) -> Refund:
    """
    Set the money aside in payment, books and lots. The caller commits.

    Args:
        reference: The processor's, of a refund that was made there.
    """
    if reference is None:
        payment.reserve_refund(shares.amount)
    else:
        payment.accept_refund(shares.amount)
    refund = Refund.request(
        id=refund_id,
        payment_id=payment.id,
        consultation_id=payment.consultation_id,
        shares=shares,
        quote_id=quote_id,
        now=now,
    )
    if reference is not None:
        refund.link(reference)
    uow.payments.save(payment)
    uow.refunds.add(refund)
    take_from_lots(uow, payment, shares, to_wire("refund", refund.id), now)
    uow.journal.post(_entry(payment, refund, now))
    return refund


def finish_refund(
    uow: PaymentsUnitOfWork, refund: Refund, finding: RefundFinding, now: datetime
) -> None:
    """Follow the processor; a refund that failed is undone leg by leg. The caller commits."""
    was_finished = refund.status is RefundStatus.SUCCEEDED
    reached = refund.observe(finding, now=now)
    payment = uow.payments.get(refund.payment_id)
    if finding is RefundFinding.UNRECOGNISED:
        payment.need_review("unrecognised_refund_status", now=now)
    if reached is RefundStatus.SUCCEEDED:
        payment.finish_refund(refund.amount)
    if reached is RefundStatus.FAILED:
        payment.undo_refund(refund.amount, was_finished=was_finished)
        payment.need_review("refund_failed", now=now)
        _undo(uow, payment, refund, now)
    uow.payments.save(payment)
    uow.refunds.save(refund)


def _entry(payment: Payment, refund: Refund, now: datetime) -> JournalDraft:
    delivery = payment.delivery
    cause = to_wire("refund", refund.id)
    if delivery is None:
        return JournalDraft(
            reason=Reason.REFUND_BEFORE_DELIVERY,
            cause=cause,
            occurred_at=now,
            postings=posting_rules.refund_before_delivery(refund.amount),
        )
    return JournalDraft(
        reason=Reason.REFUND_AFTER_DELIVERY,
        cause=cause,
        occurred_at=now,
        postings=posting_rules.refund_after_delivery(
            delivery.physician_id, delivery.place, refund.shares
        ),
    )


def _undo(uow: PaymentsUnitOfWork, payment: Payment, refund: Refund, now: datetime) -> None:
    cause = to_wire("refund", refund.id)
    before = bool(refund.shares.patient_funds)
    reason = Reason.REFUND_BEFORE_DELIVERY if before else Reason.REFUND_AFTER_DELIVERY
    key = key_of(reason, cause)
    undoing = JournalDraft(
        reason=Reason.REFUND_FAILED,
        cause=cause,
        occurred_at=now,
        postings=posting_rules.reversal(uow.journal.entry(key).postings),
        resolves=key,
    )
    undo_giving_back(uow, payment, refund.shares, undoing, now)
    if before and payment.delivery is not None:
        payment.need_review("refund_failed_after_delivery", now=now)
