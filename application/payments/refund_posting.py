"""
What a refund does to the books and to the physician's earnings, and how it is undone.
"""

from datetime import datetime

from application.payments.ports import PaymentsUnitOfWork
from domain.ledger import posting_rules
from domain.ledger.chart import physician_debt
from domain.ledger.journal import JournalDraft, Reason, key_of
from domain.ledger.lot import Lot, LotStatus, take_oldest_first
from domain.payments.payment import Payment
from domain.payments.refund import (
    Bearer,
    Refund,
    RefundFinding,
    RefundStatus,
    Shares,
    nothing_shared,
    share_after_delivery,
)
from domain.shared.ids import RefundId, RefundQuoteId, to_wire
from domain.shared.money import Money, total


def work_out_shares(
    uow: PaymentsUnitOfWork, payment: Payment, amount: Money, bearer: Bearer
) -> Shares:
    """Who would give back what, as things stand."""
    delivery = payment.delivery
    if delivery is None:
        return nothing_shared(amount)
    zero = Money.zero(amount.currency)
    # The available lots are locked first, in the order in which a payout locks them.
    available = uow.lots.available(delivery.physician_id, amount.currency)
    lot = uow.lots.of_consultation(payment.consultation_id)
    return share_after_delivery(
        amount,
        delivered=delivery.split,
        earlier=tuple(
            refund.shares
            for refund in uow.refunds.of_payment(payment.id)
            if refund.status is not RefundStatus.FAILED and not refund.shares.patient_funds
        ),
        bearer=bearer,
        pending=lot.remaining if lot is not None and lot.status is LotStatus.PENDING else zero,
        available=total([each.remaining for each in available], amount.currency),
    )


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
    """Set the money aside in payment, books and lots. The caller commits."""
    payment.reserve_refund(shares.amount)
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
    _take_from_lots(uow, payment, refund, now)
    uow.journal.post(_entry(payment, refund, now))
    return refund


def finish_refund(
    uow: PaymentsUnitOfWork, refund: Refund, finding: RefundFinding, now: datetime
) -> None:
    """Follow the processor; a refund that failed is undone leg by leg. The caller commits."""
    was_finished = refund.status is RefundStatus.SUCCEEDED
    reached = refund.observe(finding, now=now)
    payment = uow.payments.get(refund.payment_id)
    if reached is RefundStatus.SUCCEEDED:
        payment.finish_refund(refund.amount)
    if reached is RefundStatus.FAILED:
        payment.undo_refund(refund.amount, was_finished=was_finished)
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


def _take_from_lots(
    uow: PaymentsUnitOfWork, payment: Payment, refund: Refund, now: datetime
) -> None:
    delivery, shares, cause = payment.delivery, refund.shares, to_wire("refund", refund.id)
    if delivery is None:
        return
    own = uow.lots.of_consultation(payment.consultation_id)
    if shares.pending and own is not None:
        own.take(shares.pending, by=cause, now=now)
        uow.lots.save(own)
    if shares.available:
        # What this very consultation earned is given back before anything else is touched.
        lots = uow.lots.available(delivery.physician_id, refund.amount.currency)
        own_first = sorted(lots, key=lambda lot: lot.consultation_id != payment.consultation_id)
        for lot in take_oldest_first(own_first, shares.available, by=cause, now=now):
            uow.lots.save(lot)


def _undo(uow: PaymentsUnitOfWork, payment: Payment, refund: Refund, now: datetime) -> None:
    cause = to_wire("refund", refund.id)
    before = bool(refund.shares.patient_funds)
    reason = Reason.REFUND_BEFORE_DELIVERY if before else Reason.REFUND_AFTER_DELIVERY
    key = key_of(reason, cause)
    # Everywhere lots are locked before the books are written, so that nobody waits in a circle.
    lots = uow.lots.taken_by(cause)
    for lot in lots:
        lot.give_back(by=cause, now=now)
        uow.lots.save(lot)
    _return_recoveries(uow, payment, refund, now)
    uow.journal.post(
        JournalDraft(
            reason=Reason.REFUND_FAILED,
            cause=cause,
            occurred_at=now,
            postings=posting_rules.reversal(uow.journal.entry(key).postings),
            resolves=key,
        )
    )
    for lot in lots:
        if refund.shares.pending and lot.consultation_id == payment.consultation_id:
            _catch_up(uow, lot, refund, now)
    if before and payment.delivery is not None:
        payment.need_review("refund_failed_after_delivery", now=now)


def _return_recoveries(
    uow: PaymentsUnitOfWork, payment: Payment, refund: Refund, now: datetime
) -> None:
    """A debt that the refund made, and that was recovered since, is owed back to the physician."""
    delivery, debt = payment.delivery, refund.shares.debt
    if delivery is None or not debt:
        return
    recovered = uow.lots.recovered_from(delivery.physician_id, debt.currency)
    owed = uow.journal.balance(physician_debt(delivery.physician_id), debt.currency)
    excess = debt - min(debt, owed)
    if not excess:
        return
    left = excess
    for lot in recovered:
        left -= lot.return_recovery(left, now=now)
        uow.lots.save(lot)
    uow.journal.post(
        JournalDraft(
            reason=Reason.RECOVERY_RETURNED,
            cause=to_wire("refund", refund.id),
            occurred_at=now,
            postings=posting_rules.recovery_returned(delivery.physician_id, excess),
        )
    )


def _catch_up(uow: PaymentsUnitOfWork, lot: Lot, refund: Refund, now: datetime) -> None:
    """What was given back to an earning that has matured in between matures with it."""
    if lot.status is LotStatus.AVAILABLE:
        uow.journal.post(
            JournalDraft(
                reason=Reason.EARNING_MATURED,
                cause=to_wire("lot", lot.id),
                fact=to_wire("refund", refund.id),
                occurred_at=now,
                postings=posting_rules.earning_matured(lot.physician_id, refund.shares.pending),
            )
        )
