"""
A physician asks for their money, or takes the wish back.
"""

from datetime import timedelta

from attrs import frozen

from application.payouts.ports import PayoutsUnitOfWork
from application.payouts.posting import post_cancellation, post_request
from application.shared.access import (
    Actor,
    Role,
    require_fresh_second_factor,
    require_role,
    require_self_physician,
)
from application.shared.ports import Clock, Ids
from domain.ledger.hold import Hold, HoldReason
from domain.ledger.lot import take_oldest_first
from domain.payouts.failure import EQUAL_FAILURES, check_not_paused
from domain.payouts.payout import (
    Payout,
    PayoutTooSmall,
)
from domain.payouts.payout_account import LinkedBank, PayoutAccountNotReady
from domain.shared.ids import HoldId, PayoutId, PhysicianId, to_wire
from domain.shared.money import Currency, Money
from domain.wallets.wallet import WalletPolicy

_TOGETHER = timedelta(days=1)


@frozen
class RequestPayout:
    """
    Reserve a physician's funds and queue them for their bank account.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _ids: Ids
    _policy: WalletPolicy

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId,
        amount: Money,
        occasion: str | None = None,
    ) -> PayoutId:
        """
        Returns the payout; the oldest earnings are used first.

        Above the limit it waits for two people. What was asked for within a day counts together,
        so that the limit is not passed in halves.

        Args:
            occasion: What asks by itself, such as a schedule's period: for each there is one
                payout, and asking again returns it.

        Raises:
            AccessDenied: Not the physician's own wallet.
            StepUpRequired: They have a second factor, and gave it too long ago.
            PayoutTooSmall: Less than is paid out.
            PayoutAccountNotReady: Nowhere to pay to yet.
            BankDetailsCoolingOff: The bank details changed a short while ago.
            PayoutsPaused: The last payouts failed alike.
            InsufficientFunds: The available balance is smaller.
        """
        require_self_physician(actor, physician_id)
        if amount.minor < self._policy.smallest_payout_minor:
            raise PayoutTooSmall("This is less than the smallest amount that is paid out.")
        now = self._clock.now()
        require_fresh_second_factor(actor, now=now)
        payout_id = PayoutId(self._ids.new())
        wire_id = to_wire("payout", payout_id)
        with self._uow as uow:
            bank = self._bank(uow, physician_id, amount.currency)
            # The account is locked by now, so that two requests take turns, and the database
            # itself refuses a balance below zero.
            if occasion is not None and (made := uow.payouts.of_occasion(occasion)) is not None:
                return made.id
            lots = uow.lots.available(physician_id, amount.currency)
            for lot in take_oldest_first(lots, amount, by=wire_id, now=now):
                uow.lots.save(lot)
            hold = Hold(
                id=HoldId(self._ids.new()),
                physician_id=physician_id,
                amount=amount,
                reason=HoldReason.PAYOUT,
                cause=wire_id,
                placed_at=now,
            )
            uow.holds.add(hold)
            payout = Payout.request(
                id=payout_id,
                physician_id=physician_id,
                amount=amount,
                beneficiary=bank.beneficiary,
                hold_id=hold.id,
                now=now,
                above_limit=self._is_above_limit(uow, physician_id, amount),
                occasion=occasion,
            )
            uow.payouts.add(payout)
            post_request(uow, payout, now)
            uow.audit.record(actor=actor, action="payout.requested", subject=wire_id)
            uow.commit()
        return payout_id

    def _is_above_limit(
        self, uow: PayoutsUnitOfWork, physician_id: PhysicianId, amount: Money
    ) -> bool:
        lately = uow.payouts.asked_for(
            physician_id, amount.currency, since=self._clock.now() - _TOGETHER
        )
        return self._policy.takes_two_people(amount + lately)

    def _bank(
        self, uow: PayoutsUnitOfWork, physician_id: PhysicianId, currency: Currency
    ) -> LinkedBank:
        account = uow.payout_accounts.of_physician(physician_id)
        if account is None:
            raise PayoutAccountNotReady("Set up your payout account first.")
        bank = account.ready_bank(currency=currency, now=self._clock.now())
        check_not_paused(
            uow.payouts.recent_failures(
                physician_id, since=account.bank_changed_at, limit=EQUAL_FAILURES
            )
        )
        return bank


@frozen
class CancelPayout:
    """
    Put the money back before it is sent.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, payout_id: PayoutId) -> None:
        """
        For the physician whose payout it is, and for finance staff.

        Raises:
            PayoutNotFound: No such payout.
            AccessDenied: Somebody else's.
            PayoutMoved: It is being sent, or has ended.
        """
        now = self._clock.now()
        with self._uow as uow:
            payout = uow.payouts.get(payout_id)
            if actor.physician_id != payout.physician_id:
                require_role(actor, Role.FINANCE)
            payout.cancel(now=now)
            uow.payouts.save(payout)
            post_cancellation(uow, payout, now)
            uow.audit.record(
                actor=actor, action="payout.cancelled", subject=to_wire("payout", payout_id)
            )
            uow.commit()
