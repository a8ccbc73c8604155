"""
Payouts that a physician's schedule asks for.
"""

from attrs import frozen

from application.payouts.initiation import RequestPayout
from application.payouts.ports import PayoutsUnitOfWork
from application.shared.access import (
    Actor,
    require_fresh_second_factor,
    require_self_physician,
    require_system,
)
from application.shared.ports import Clock, Ids
from application.shared.sweeps import work_through
from domain.ledger.chart import wallet_available
from domain.ledger.journal import InsufficientFunds
from domain.payouts.failure import PayoutsPaused
from domain.payouts.payout import PayoutTooSmall
from domain.payouts.payout_account import BankDetailsCoolingOff, PayoutAccountNotReady
from domain.payouts.schedule import Due, PayoutSchedule, Rhythm, SkipReason
from domain.shared.errors import DomainError
from domain.shared.ids import PayoutId, PayoutScheduleId, PhysicianId, to_wire
from domain.shared.money import Currency, Money
from domain.wallets.wallet import WalletPolicy

_BATCH = 200
_REASONS: dict[type[DomainError], SkipReason] = {
    PayoutAccountNotReady: SkipReason.ACCOUNT_NOT_READY,
    BankDetailsCoolingOff: SkipReason.COOLING_OFF,
    PayoutsPaused: SkipReason.PAUSED,
    PayoutTooSmall: SkipReason.BELOW_SMALLEST,
}


@frozen
class ChoosePayoutSchedule:
    """
    Say when one's money goes to the bank by itself.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _ids: Ids
    _policy: WalletPolicy

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId, currency: Currency, rhythm: Rhythm
    ) -> None:
        """
        It holds from tomorrow on; a minimum holds at once.

        Raises:
            AccessDenied: Somebody else's wallet.
            StepUpRequired: They have a second factor, and gave it too long ago.
            PayoutTooSmall: A minimum below the smallest amount that is paid out.
            MalformedRhythm: A minimum in another currency.
        """
        require_self_physician(actor, physician_id)
        now = self._clock.now()
        require_fresh_second_factor(actor, now=now)
        minimum = rhythm.minimum
        if minimum is not None and minimum.minor < self._policy.smallest_payout_minor:
            raise PayoutTooSmall("This is less than the smallest amount that is paid out.")
        with self._uow as uow:
            schedule = uow.payout_schedules.of(physician_id, currency)
            if schedule is None:
                schedule = PayoutSchedule.keep(
                    id=PayoutScheduleId(self._ids.new()),
                    physician_id=physician_id,
                    currency=currency,
                    now=now,
                )
                uow.payout_schedules.add(schedule)
            schedule.choose(rhythm, zone=uow.payout_schedules.zone_of(physician_id), now=now)
            uow.payout_schedules.save(schedule)
            uow.audit.record(
                actor=actor,
                action="payout_schedule.chosen",
                subject=to_wire("payout_schedule", schedule.id),
                details={"currency": currency.code, "cadence": rhythm.cadence.value},
            )
            uow.commit()


@frozen
class RunPayoutSchedules:
    """
    Ask for the payouts that are due by their schedules, as the physicians would. Run by the clock.

    The payout carries the period that it is for, and there is one for each period, however many
    workers run this and wherever one of them dies.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _policy: WalletPolicy
    _request: RequestPayout

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many schedules were looked at.

        Raises:
            AccessDenied: A person asks.
        """
        require_system(actor)
        with self._uow as uow:
            due = uow.payout_schedules.due(now=self._clock.now(), limit=_BATCH)
        return work_through(due, lambda schedule_id: self._run(actor, schedule_id))

    def _run(self, actor: Actor, schedule_id: PayoutScheduleId) -> None:
        asked = self._look(schedule_id)
        if asked is None:
            return
        schedule, due, amount = asked
        try:
            payout_id = self._request(
                actor=actor,
                physician_id=schedule.physician_id,
                amount=amount,
                occasion=due.occasion,
            )
        except InsufficientFunds:
            return  # The physician withdrew in between: the next run sees what is left.
        except tuple(_REASONS) as refusal:
            self._note(schedule_id, due, _REASONS[type(refusal)])
        else:
            self._note(schedule_id, due, payout_id)

    def _look(self, schedule_id: PayoutScheduleId) -> tuple[PayoutSchedule, Due, Money] | None:
        """What has to be asked for; None if nothing has, which is then noted."""
        now = self._clock.now()
        with self._uow as uow:
            schedule = uow.payout_schedules.get(schedule_id)
            zone = uow.payout_schedules.zone_of(schedule.physician_id)
            available = uow.journal.balance(
                wallet_available(schedule.physician_id), schedule.currency
            )
            due = schedule.due(available=available, zone=zone, now=now)
            if due is None:
                schedule.look_again(zone=zone, now=now)
            elif (made := uow.payouts.of_occasion(due.occasion)) is not None:
                schedule.pay(due, made.id, made.amount, zone=zone, now=now)
            elif (reason := self._hindrance(uow, schedule, available)) is not None:
                schedule.skip(due, reason, zone=zone, now=now)
            else:
                return schedule, due, available
            uow.payout_schedules.save(schedule)
            uow.commit()
        return None

    def _hindrance(
        self, uow: PayoutsUnitOfWork, schedule: PayoutSchedule, available: Money
    ) -> SkipReason | None:
        if available.minor < self._policy.smallest_payout_minor:
            return SkipReason.BELOW_SMALLEST
        if uow.payouts.is_looked_into(schedule.physician_id, schedule.currency):
            return SkipReason.UNDER_REVIEW
        return None

    def _note(
        self, schedule_id: PayoutScheduleId, due: Due, outcome: PayoutId | SkipReason
    ) -> None:
        now = self._clock.now()
        with self._uow as uow:
            schedule = uow.payout_schedules.get(schedule_id)
            if not schedule.awaits(due):
                return  # Another worker was quicker, with the same payout.
            zone = uow.payout_schedules.zone_of(schedule.physician_id)
            if isinstance(outcome, SkipReason):
                schedule.skip(due, outcome, zone=zone, now=now)
            else:
                amount = uow.payouts.get(outcome).amount
                schedule.pay(due, outcome, amount, zone=zone, now=now)
            uow.payout_schedules.save(schedule)
            uow.commit()
