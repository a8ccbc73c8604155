"""
Payouts are sent, followed and, when nobody knows what became of them, looked up.

An attempt is stored before the vendor is called. A vendor that does not answer leaves it
unknown: it is looked up by our own identifier, and only sent again, as the same attempt,
when the vendor says that it does not know it. So there is never a second transfer.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from attrs import frozen

from application.payouts.ports import (
    PayoutGateway,
    PayoutInstruction,
    PayoutRejected,
    PayoutsUnitOfWork,
    TransferOutcomeUnknown,
)
from application.payouts.posting import follow
from application.shared.access import Actor, Role, require_role, require_system
from application.shared.ports import Clock, Ids
from application.shared.sweeps import work_through
from domain.payouts.failure import ACCOUNT_PAUSED, PayoutFailure
from domain.payouts.payout import Payout, PayoutStatus
from domain.payouts.payout_account import PayoutAccountStatus
from domain.payouts.transfer import TransferReport
from domain.shared.ids import PayoutAttemptId, PayoutId, PhysicianId
from domain.shared.money import Money

_BATCH = 100
_ANSWER_WITHIN = timedelta(minutes=2)
"""Longer than any call lasts, so that one that is under way is not taken for a lost one."""
_PATIENCE = timedelta(minutes=10)
_WATCH_PAID = timedelta(days=14)
"""A bank can send money back days after it was reported as paid."""


@frozen
class SubmitPayout:
    """
    Send a payout to the vendor.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _ids: Ids
    _gateway: PayoutGateway

    def __call__(self, *, actor: Actor, payout_id: PayoutId) -> None:
        """
        One that is being sent, was sent, waits or has ended is left alone.

        If the vendor does not clear the physician any more, it is left to a person.

        Raises:
            PayoutNotFound: No such payout.
        """
        require_system(actor)
        with self._uow as uow:
            payout = uow.payouts.get(payout_id)
        if not payout.may_be_sent(self._clock.now()):
            return
        covered = self._is_covered(payout)
        with self._uow as uow:
            payout = uow.payouts.get(payout_id)
            if not payout.may_be_sent(self._clock.now()):
                return
            ready = self._may_be_paid(uow, payout)
            if ready and not covered:
                payout.wait_for_funding(now=self._clock.now())
                ready = False
            elif ready:
                payout.begin_attempt(PayoutAttemptId(self._ids.new()), now=self._clock.now())
            uow.payouts.save(payout)
            uow.commit()
        if ready:
            send(self._uow, self._gateway, payout, self._clock)

    def _may_be_paid(self, uow: PayoutsUnitOfWork, payout: Payout) -> bool:
        # Much can happen between a request and its turn. The vendor would pay from our balance
        # whatever it thinks of the physician by now.
        account = uow.payout_accounts.of_physician(payout.physician_id)
        if account is not None and account.status is PayoutAccountStatus.ACTIVE:
            return True
        status = "missing" if account is None else account.status.value
        payout.need_review(f"{ACCOUNT_PAUSED}{status}", now=self._clock.now())
        return False

    def _is_covered(self, payout: Payout) -> bool:
        try:
            return self._gateway.available(payout.amount.currency) >= payout.amount
        except TransferOutcomeUnknown:
            # Then the vendor itself decides, and refuses what our balance does not cover.
            return True


@frozen
class ResumePayoutsOnFunding:
    """
    Let payouts go on that waited for our own balance.
    """

    _uow: PayoutsUnitOfWork

    def __call__(self, *, actor: Actor, amount: Money) -> None:
        """
        The next sweep sends what the balance covers; the rest waits on.

        Args:
            amount: What has come; all that wait in its currency are tried.
        """
        require_system(actor)
        with self._uow as uow:
            for payout_id in uow.payouts.waiting_for_funding(amount.currency, limit=_BATCH):
                payout = uow.payouts.get(payout_id)
                payout.resume_by_itself()
                uow.payouts.save(payout)
            uow.commit()


@frozen
class ResumePayoutsOf:
    """
    Let a physician's payouts go on that waited until the vendor cleared them again.
    """

    _uow: PayoutsUnitOfWork

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> None:
        """
        The next sweep sends them.

        Raises:
            AccessDenied: A person asks.
        """
        require_system(actor)
        with self._uow as uow:
            for payout_id in uow.payouts.waiting_for_account(physician_id):
                payout = uow.payouts.get(payout_id)
                payout.resume_by_itself()
                uow.payouts.save(payout)
            uow.commit()


@frozen
class LookUpPayout:
    """
    Find out what became of an attempt that was never answered.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _gateway: PayoutGateway

    def __call__(self, *, actor: Actor, payout_id: PayoutId) -> None:
        """
        Looks first; sends the same attempt again only if the vendor does not know it.

        Raises:
            PayoutNotFound: No such payout.
            TransferOutcomeUnknown: The vendor does not answer; try later.
        """
        require_role(actor, Role.FINANCE)
        with self._uow as uow:
            payout = uow.payouts.get(payout_id)
        if payout.status not in (PayoutStatus.SENDING, PayoutStatus.UNKNOWN):
            return
        report = self._gateway.find_attempt(payout.attempt.id)
        if report is not None:
            record_transfer(self._uow, payout_id, report, self._clock.now())
            return
        with self._uow as uow:
            payout = uow.payouts.get(payout_id)
            if payout.status not in (PayoutStatus.SENDING, PayoutStatus.UNKNOWN):
                return
            again = payout.review is None and payout.send_again(now=self._clock.now())
            uow.payouts.save(payout)
            uow.commit()
        if again:
            send(self._uow, self._gateway, payout, self._clock)


@frozen
class RefreshPayout:
    """
    Look a transfer up at the vendor and follow what it says.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _gateway: PayoutGateway

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        Ask as often as wanted: what is known already changes nothing.

        Raises:
            PayoutNotFound: Not ours, or its own transaction has not committed yet; try later.
            TransferOutcomeUnknown: The vendor does not answer.
        """
        require_role(actor, Role.FINANCE)
        report = self._gateway.find(reference)
        with self._uow as uow:
            payout_id = uow.payouts.of_attempt(report.attempt_id).id
        record_transfer(self._uow, payout_id, report, self._clock.now())


@frozen
class SweepPayouts:
    """
    Send what waits, look up what is unknown, ask about what is in transit. Run on a schedule.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _submit: SubmitPayout
    _look_up: LookUpPayout
    _refresh: RefreshPayout

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many were worked on.

        Raises:
            TransferOutcomeUnknown: The vendor does not answer; the rest waits for the next run.
        """
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            waiting = uow.payouts.to_send(now=now, limit=_BATCH)
            lost = uow.payouts.to_look_up(started_before=now - _ANSWER_WITHIN, limit=_BATCH)
            moving = uow.payouts.to_refresh(
                checked_before=now - _PATIENCE, paid_after=now - _WATCH_PAID, limit=_BATCH
            )
        steps: list[Callable[[], None]] = [
            *(partial(self._look_up, actor=actor, payout_id=payout_id) for payout_id in lost),
            *(partial(self._submit, actor=actor, payout_id=payout_id) for payout_id in waiting),
            *(partial(self._refresh, actor=actor, reference=reference) for reference in moving),
        ]
        return work_through(steps, lambda step: step())


def send(uow: PayoutsUnitOfWork, gateway: PayoutGateway, payout: Payout, clock: Clock) -> None:
    """Call the vendor with a stored attempt, outside of any transaction, and note the outcome."""
    instruction = PayoutInstruction(
        payout_id=payout.id,
        attempt_id=payout.attempt.id,
        beneficiary=payout.beneficiary,
        amount=payout.amount,
    )
    try:
        report = gateway.submit(instruction)
    except PayoutRejected as refused:
        _record_rejection(uow, payout.id, refused.failure, clock.now())
    except TransferOutcomeUnknown:
        with uow:
            lost = uow.payouts.get(payout.id)
            if lost.status is PayoutStatus.SENDING:
                lost.lose_track(now=clock.now())
                uow.payouts.save(lost)
                uow.commit()
    else:
        record_transfer(uow, payout.id, report, clock.now())


def record_transfer(
    uow: PayoutsUnitOfWork, payout_id: PayoutId, report: TransferReport, now: datetime
) -> None:
    """Move our payout to where the vendor says it is, and the books with it."""
    with uow:
        payout = uow.payouts.get(payout_id)
        follow(uow, payout, payout.observe(report, now=now), now)
        uow.payouts.save(payout)
        uow.commit()


def _record_rejection(
    uow: PayoutsUnitOfWork, payout_id: PayoutId, failure: PayoutFailure, now: datetime
) -> None:
    with uow:
        payout = uow.payouts.get(payout_id)
        step = payout.reject(failure, now=now)
        if step is not None:
            follow(uow, payout, (step,), now)
        uow.payouts.save(payout)
        uow.commit()
