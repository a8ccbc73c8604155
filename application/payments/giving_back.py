"""
Who gives money back, for a refund or a lost dispute: worked out, taken, and undone.
"""

from datetime import datetime
from itertools import chain

from application.payments.ports import PaymentsUnitOfWork
from domain.ledger import posting_rules
from domain.ledger.chart import physician_debt
from domain.ledger.journal import JournalDraft, Reason
from domain.ledger.lot import Lot, LotStatus, take_oldest_first
from domain.payments.payment import Payment
from domain.payments.refund import (
    Bearer,
    RefundStatus,
    Shares,
    nothing_shared,
    share_after_delivery,
)
from domain.shared.ids import to_wire
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
        earlier=_given_back_before(uow, payment),
        bearer=bearer,
        pending=lot.remaining if lot is not None and lot.status is LotStatus.PENDING else zero,
        available=total([each.remaining for each in available], amount.currency),
    )


def take_from_lots(
    uow: PaymentsUnitOfWork, payment: Payment, shares: Shares, cause: str, now: datetime
) -> None:
    """Use up what earnings give back."""
    delivery = payment.delivery
    if delivery is None:
        return
    own = uow.lots.of_consultation(payment.consultation_id)
    if shares.pending and own is not None:
        own.take(shares.pending, by=cause, now=now)
        uow.lots.save(own)
    if shares.available:
        # What this very consultation earned is given back before anything else is touched.
        lots = uow.lots.available(delivery.physician_id, shares.amount.currency)
        own_first = sorted(lots, key=lambda lot: lot.consultation_id != payment.consultation_id)
        for lot in take_oldest_first(own_first, shares.available, by=cause, now=now):
            uow.lots.save(lot)


def undo_giving_back(
    uow: PaymentsUnitOfWork,
    payment: Payment,
    shares: Shares,
    undoing: JournalDraft,
    now: datetime,
) -> None:
    """Give earnings what was taken of them, and post the entry that undoes the first one."""
    cause = undoing.cause
    # Everywhere lots are locked before the books are written, so that nobody waits in a circle.
    lots = uow.lots.taken_by(cause)
    for lot in lots:
        lot.give_back(by=cause, now=now)
        uow.lots.save(lot)
    _return_recoveries(uow, payment, shares, undoing, now)
    uow.journal.post(undoing)
    for lot in lots:
        if shares.pending and lot.consultation_id == payment.consultation_id:
            _catch_up(uow, lot, shares.pending, undoing, now)


def _given_back_before(uow: PaymentsUnitOfWork, payment: Payment) -> tuple[Shares, ...]:
    refunded = (
        refund.shares
        for refund in uow.refunds.of_payment(payment.id)
        if refund.status is not RefundStatus.FAILED
    )
    lost = (
        dispute.shares
        for dispute in uow.disputes.of_payment(payment.id)
        if dispute.shares is not None
    )
    return tuple(shares for shares in chain(refunded, lost) if not shares.patient_funds)


def _return_recoveries(
    uow: PaymentsUnitOfWork,
    payment: Payment,
    shares: Shares,
    undoing: JournalDraft,
    now: datetime,
) -> None:
    """A debt that was made, and that was recovered since, is owed back to the physician."""
    delivery, debt = payment.delivery, shares.debt
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
            cause=undoing.cause,
            fact=undoing.fact,
            occurred_at=now,
            postings=posting_rules.recovery_returned(delivery.physician_id, excess),
        )
    )


def _catch_up(
    uow: PaymentsUnitOfWork, lot: Lot, amount: Money, undoing: JournalDraft, now: datetime
) -> None:
    """What was given back to an earning that has matured in between matures with it."""
    if lot.status is LotStatus.AVAILABLE:
        again = undoing.cause if undoing.fact is None else f"{undoing.cause}:{undoing.fact}"
        uow.journal.post(
            JournalDraft(
                reason=Reason.EARNING_MATURED,
                cause=to_wire("lot", lot.id),
                fact=again,
                occurred_at=now,
                postings=posting_rules.earning_matured(lot.physician_id, amount),
            )
        )
