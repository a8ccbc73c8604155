"""
What a dispute does to the books and to the physician's earnings, and how it is undone.
"""

from collections.abc import Sequence
from datetime import datetime

from application.payments.giving_back import take_from_lots, undo_giving_back, work_out_shares
from application.payments.ports import PaymentsUnitOfWork
from domain.ledger import posting_rules
from domain.ledger.journal import JournalDraft, Postings, Reason, key_of
from domain.payments.dispute import Dispute, DisputeStep, Movement
from domain.payments.payment import Payment
from domain.payments.refund import Bearer, Shares
from domain.shared.ids import to_wire
from domain.shared.money import Money


def follow(
    uow: PaymentsUnitOfWork,
    payment: Payment,
    dispute: Dispute,
    steps: Sequence[DisputeStep],
    now: datetime,
    *,
    known: frozenset[str],
) -> None:
    """
    Post each step in order, in the transaction of the change itself. The caller saves and commits.

    Args:
        known: References of the movements that were posted before.
    """
    if DisputeStep.LOSS_UNDONE in steps:
        _undo_loss(uow, payment, dispute, now)
    if DisputeStep.MOVED in steps:
        for movement in dispute.movements:
            if movement.reference not in known:
                _move(uow, dispute, movement, now)
    if DisputeStep.LOST in steps:
        _lose(uow, payment, dispute, now)


def _move(uow: PaymentsUnitOfWork, dispute: Dispute, movement: Movement, now: datetime) -> None:
    taken = movement.amount.minor < 0
    nothing = Money.zero(dispute.amount.currency)
    postings = (
        posting_rules.dispute_opened(-movement.amount, nothing)
        if taken
        else posting_rules.dispute_won(movement.amount)
    )
    postings += _fee(movement.fee)
    if postings:
        uow.journal.post(
            JournalDraft(
                reason=Reason.DISPUTE_OPENED if taken else Reason.DISPUTE_WON,
                cause=to_wire("dispute", dispute.id),
                fact=movement.reference,
                occurred_at=now,
                postings=postings,
            )
        )


def _fee(fee: Money) -> Postings:
    if fee.minor < 0:
        return posting_rules.reversal(posting_rules.dispute_fee(-fee))
    return posting_rules.dispute_fee(fee)


def _lose(uow: PaymentsUnitOfWork, payment: Payment, dispute: Dispute, now: datetime) -> None:
    away = dispute.away
    lost = payment.lose(away)
    shares = work_out_shares(uow, payment, lost, Bearer.SHARED) if lost else None
    dispute.lose(shares, away - lost)
    cause = to_wire("dispute", dispute.id)
    if shares is not None:
        take_from_lots(uow, payment, shares, cause, now)
    uow.journal.post(
        JournalDraft(
            reason=Reason.DISPUTE_LOST,
            cause=cause,
            fact=str(dispute.losses),
            occurred_at=now,
            postings=_given_back(payment, shares)
            + posting_rules.dispute_lost_beyond_payment(away - lost),
        )
    )


def _given_back(payment: Payment, shares: Shares | None) -> Postings:
    delivery = payment.delivery
    if shares is None:
        return ()
    if delivery is None:
        return posting_rules.dispute_lost_before_delivery(shares.amount)
    return posting_rules.dispute_lost_after_delivery(delivery.physician_id, delivery.place, shares)


def _undo_loss(uow: PaymentsUnitOfWork, payment: Payment, dispute: Dispute, now: datetime) -> None:
    cause, fact, shares = to_wire("dispute", dispute.id), str(dispute.losses), dispute.shares
    key = key_of(Reason.DISPUTE_LOST, cause, fact=fact)
    undoing = JournalDraft(
        reason=Reason.DISPUTE_LOSS_UNDONE,
        cause=cause,
        fact=fact,
        occurred_at=now,
        postings=posting_rules.reversal(uow.journal.entry(key).postings),
        resolves=key,
    )
    dispute.undo_loss()
    if shares is None:
        uow.journal.post(undoing)
        return
    payment.undo_loss(shares.amount)
    undo_giving_back(uow, payment, shares, undoing, now)
    if shares.patient_funds and payment.delivery is not None:
        payment.need_review("dispute_reversed_after_delivery", now=now)
