"""
What a payout does to the books, to the hold and to the earnings that it is made of.
"""

from collections.abc import Iterable
from datetime import datetime

from application.payouts.ports import PayoutsUnitOfWork
from domain.ledger import posting_rules
from domain.ledger.journal import JournalDraft, Postings, Reason, key_of
from domain.payouts.payout import Payout, Step
from domain.shared.ids import to_wire
from domain.shared.money import Money


def follow(uow: PayoutsUnitOfWork, payout: Payout, steps: Iterable[Step], now: datetime) -> None:
    """Post each step in order, in the transaction of the change itself."""
    for step in steps:
        _FOLLOW[step](uow, payout, now)


def post_request(uow: PayoutsUnitOfWork, payout: Payout, now: datetime) -> None:
    """Funds leave the wallet now, not when the bank confirms."""
    rule = posting_rules.payout_requested(payout.physician_id, payout.amount)
    _post(uow, payout, Reason.PAYOUT_REQUESTED, rule, now)


def post_cancellation(uow: PayoutsUnitOfWork, payout: Payout, now: datetime) -> None:
    """What was set aside is in the wallet again."""
    _release(uow, payout, Reason.PAYOUT_CANCELLED, now)


def _submitted(uow: PayoutsUnitOfWork, payout: Payout, now: datetime) -> None:
    hold = uow.holds.get(payout.hold_id)
    hold.capture(now=now)
    uow.holds.save(hold)
    rule = posting_rules.payout_submitted(payout.physician_id, payout.amount)
    _post(uow, payout, Reason.PAYOUT_SUBMITTED, rule, now, resolves=Reason.PAYOUT_REQUESTED)


def _paid(uow: PayoutsUnitOfWork, payout: Payout, now: datetime) -> None:
    fee = payout.fee or Money.zero(payout.amount.currency)
    rule = posting_rules.payout_paid(payout.amount, fee)
    _post(uow, payout, Reason.PAYOUT_PAID, rule, now, resolves=Reason.PAYOUT_SUBMITTED)


def _failed_in_transit(uow: PayoutsUnitOfWork, payout: Payout, now: datetime) -> None:
    _give_back_lots(uow, payout, now)
    rule = posting_rules.payout_failed(payout.physician_id, payout.amount)
    _post(uow, payout, Reason.PAYOUT_FAILED, rule, now, resolves=Reason.PAYOUT_SUBMITTED)


def _failed_before_sending(uow: PayoutsUnitOfWork, payout: Payout, now: datetime) -> None:
    _release(uow, payout, Reason.PAYOUT_FAILED, now)


def _returned(uow: PayoutsUnitOfWork, payout: Payout, now: datetime) -> None:
    _give_back_lots(uow, payout, now)
    rule = posting_rules.payout_returned(payout.physician_id, payout.amount)
    _post(uow, payout, Reason.PAYOUT_RETURNED, rule, now, resolves=Reason.PAYOUT_PAID)


def _release(uow: PayoutsUnitOfWork, payout: Payout, reason: Reason, now: datetime) -> None:
    hold = uow.holds.get(payout.hold_id)
    hold.release(now=now)
    uow.holds.save(hold)
    _give_back_lots(uow, payout, now)
    rule = posting_rules.payout_cancelled(payout.physician_id, payout.amount)
    _post(uow, payout, reason, rule, now, resolves=Reason.PAYOUT_REQUESTED)


def _give_back_lots(uow: PayoutsUnitOfWork, payout: Payout, now: datetime) -> None:
    # Everywhere lots are locked before the books are written, so that nobody waits in a circle.
    cause = to_wire("payout", payout.id)
    for lot in uow.lots.taken_by(cause):
        lot.give_back(by=cause, now=now)
        uow.lots.save(lot)


def _post(
    uow: PayoutsUnitOfWork,
    payout: Payout,
    reason: Reason,
    postings: Postings,
    now: datetime,
    *,
    resolves: Reason | None = None,
) -> None:
    cause = to_wire("payout", payout.id)
    uow.journal.post(
        JournalDraft(
            reason=reason,
            cause=cause,
            occurred_at=now,
            postings=postings,
            resolves=None if resolves is None else key_of(resolves, cause),
        )
    )


_FOLLOW = {
    Step.SUBMITTED: _submitted,
    Step.PAID: _paid,
    Step.FAILED_IN_TRANSIT: _failed_in_transit,
    Step.FAILED_BEFORE_SENDING: _failed_before_sending,
    Step.RETURNED: _returned,
}
