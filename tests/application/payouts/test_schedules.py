"""
Schedules ask for payouts as physicians would: once for each period, or they say why not.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from application.shared.access import SYSTEM, AccessDenied
from domain.identity.session import StepUpRequired
from domain.ledger.chart import wallet_available
from domain.payouts.events import PayoutSkipped
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import PayoutStatus, PayoutTooSmall
from domain.payouts.payout_account import PayoutAccountStatus
from domain.payouts.schedule import Cadence, Due, MalformedRhythm, PayoutSchedule, Rhythm
from domain.payouts.transfer import TransferFinding
from domain.shared.money import Money
from domain.wallets.wallet import WalletPolicy
from tests.fakes.money import (
    A_PATIENT,
    A_PHYSICIAN,
    AUD,
    FINANCE,
    PHYSICIAN,
    SECOND_FINANCE,
    MoneyDesk,
    a_bank,
    dollars,
)

MONDAYS = Rhythm(cadence=Cadence.WEEKLY, weekday=0)
AT_FIFTY = Rhythm(cadence=Cadence.MINIMUM, minimum=dollars(50))
NEXT_MONDAY = datetime(2026, 3, 8, 13, 0, tzinfo=UTC)  # where the physician lives, in Sydney
WEEK = timedelta(days=7)


@pytest.fixture
def desk() -> MoneyDesk:
    """A Wednesday, with 76 dollars in the wallet."""
    desk = MoneyDesk()
    desk.earn()
    desk.be_payable()
    return desk


def choose(desk: MoneyDesk, rhythm: Rhythm = MONDAYS) -> None:
    desk.choose_schedule(actor=A_PHYSICIAN, physician_id=PHYSICIAN, currency=AUD, rhythm=rhythm)


def run(desk: MoneyDesk, at: datetime | None = None) -> None:
    if at is not None:
        desk.clock.at = at
    desk.run_schedules(actor=SYSTEM)


def schedule(desk: MoneyDesk) -> PayoutSchedule:
    (only,) = desk.uow.payout_schedules.all()
    return only


def due(desk: MoneyDesk) -> Due:
    found = schedule(desk).due(
        available=dollars(76), zone=ZoneInfo("Australia/Sydney"), now=desk.clock.now()
    )
    assert found is not None
    return found


def amounts(desk: MoneyDesk) -> list[Money]:
    return [each.amount for each in desk.uow.payouts.all()]


def skipped(desk: MoneyDesk) -> list[str]:
    return [each.reason for each in desk.uow.events_of(PayoutSkipped)]


class TestWeekly:
    def test_pays_out_all_there_is_when_the_day_begins(self, desk: MoneyDesk) -> None:
        choose(desk)
        run(desk, NEXT_MONDAY - timedelta(seconds=1))
        assert amounts(desk) == []

        run(desk, NEXT_MONDAY)

        assert amounts(desk) == [dollars(76)]
        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(0)
        last = schedule(desk).last_run
        assert last is not None
        assert (last.period, last.amount) == ("2026-03-09", dollars(76))
        assert last.payout_id == desk.uow.payouts.all()[0].id

    def test_however_often_it_runs_there_is_one_for_a_period(self, desk: MoneyDesk) -> None:
        choose(desk)
        for hour in range(4):
            run(desk, NEXT_MONDAY + timedelta(hours=hour))
            desk.earn(10 + hour)
        run(desk, NEXT_MONDAY + timedelta(days=6))

        assert amounts(desk) == [dollars(76)]

    def test_what_passed_while_nothing_ran_is_caught_up_with_once(self, desk: MoneyDesk) -> None:
        choose(desk)

        run(desk, NEXT_MONDAY + 3 * WEEK + timedelta(days=2))
        desk.earn(4)
        run(desk)

        assert amounts(desk) == [dollars(76)]
        assert schedule(desk).next_on() == date(2026, 4, 6)

    def test_a_worker_that_died_after_asking_has_asked_for_this_period(
        self, desk: MoneyDesk
    ) -> None:
        choose(desk)
        desk.clock.at = NEXT_MONDAY
        desk.request_payout(
            actor=SYSTEM,
            physician_id=PHYSICIAN,
            amount=dollars(76),
            occasion=due(desk).occasion,
        )
        desk.earn(4)

        run(desk, NEXT_MONDAY + timedelta(hours=1))

        assert amounts(desk) == [dollars(76)]
        last = schedule(desk).last_run
        assert last is not None
        assert (last.amount, last.reason) == (dollars(76), None)

    def test_goes_through_two_people_above_the_limit(self) -> None:
        desk = MoneyDesk(policy=WalletPolicy(approval_above=40))
        desk.earn()
        desk.be_payable()
        choose(desk)

        run(desk, NEXT_MONDAY)

        (made,) = desk.uow.payouts.all()
        assert made.status is PayoutStatus.AWAITING_APPROVAL
        for person in (FINANCE, SECOND_FINANCE):
            desk.approve_payout(actor=person, payout_id=made.id)
        desk.sweep_payouts(actor=SYSTEM)
        assert desk.uow.payouts.all()[0].status is PayoutStatus.SUBMITTED


class TestSkipping:
    def test_nothing_to_pay_is_noted(self) -> None:
        desk = MoneyDesk()
        desk.be_payable()
        choose(desk)

        run(desk, NEXT_MONDAY)

        assert skipped(desk) == ["below_smallest"]
        assert schedule(desk).next_on() == date(2026, 3, 16)

    def test_an_account_that_is_not_ready(self, desk: MoneyDesk) -> None:
        choose(desk)
        account = desk.uow.payout_accounts.all()[0]
        desk.vendor.decide(account.id, PayoutAccountStatus.RESTRICTED)
        desk.refresh_account(actor=SYSTEM, reference=account.reference or "")

        run(desk, NEXT_MONDAY)

        assert (amounts(desk), skipped(desk)) == ([], ["account_not_ready"])

    def test_bank_details_that_changed(self, desk: MoneyDesk) -> None:
        choose(desk)
        desk.clock.at = NEXT_MONDAY - timedelta(days=1)
        desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank("87654321"))

        run(desk, NEXT_MONDAY)
        assert (amounts(desk), skipped(desk)) == ([], ["cooling_off"])

        run(desk, NEXT_MONDAY + WEEK)
        assert amounts(desk) == [dollars(76)]

    def test_payouts_that_keep_failing(self, desk: MoneyDesk) -> None:
        choose(desk)
        for _ in range(3):
            payout_id = desk.request(dollars(10))
            desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
            with desk.uow as uow:
                reference = uow.payouts.get(payout_id).reference or ""
            desk.vendor.report(
                reference, TransferFinding.FAILED, failure=PayoutFailure.BANK_ACCOUNT_CLOSED
            )
            desk.refresh_payout(actor=SYSTEM, reference=reference)

        run(desk, NEXT_MONDAY)

        assert len(amounts(desk)) == 3
        assert skipped(desk) == ["paused"]

    def test_an_earlier_payout_that_somebody_looks_into(self, desk: MoneyDesk) -> None:
        choose(desk)
        payout_id = desk.request(dollars(10))
        desk.vendor.rejects = PayoutFailure.UNRECOGNISED
        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)

        run(desk, NEXT_MONDAY)

        assert (amounts(desk), skipped(desk)) == ([dollars(10)], ["under_review"])


class TestMinimum:
    def test_pays_as_soon_as_there_is_so_much(self, desk: MoneyDesk) -> None:
        choose(desk, Rhythm(cadence=Cadence.MINIMUM, minimum=dollars(100)))
        run(desk)
        assert amounts(desk) == []

        desk.earn(4)
        run(desk)
        assert amounts(desk) == [dollars(152)]

    def test_again_each_time(self, desk: MoneyDesk) -> None:
        choose(desk, AT_FIFTY)
        run(desk)
        run(desk)
        desk.earn(4)
        run(desk)

        assert amounts(desk) == [dollars(76), dollars(76)]
        assert schedule(desk).reached == 2

    def test_what_hinders_it_is_waited_for(self, desk: MoneyDesk) -> None:
        choose(desk, AT_FIFTY)
        desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank("87654321"))
        for _ in range(5):
            run(desk)
            desk.clock.pass_by(timedelta(hours=1))
        assert (amounts(desk), skipped(desk)) == ([], ["cooling_off"])

        desk.clock.pass_by(timedelta(days=3))
        run(desk)
        assert amounts(desk) == [dollars(76)]

    def test_may_not_be_less_than_is_paid_out(self, desk: MoneyDesk) -> None:
        with pytest.raises(PayoutTooSmall):
            choose(desk, Rhythm(cadence=Cadence.MINIMUM, minimum=dollars(0, 99)))


class TestChoosing:
    def test_by_hand_nothing_happens(self, desk: MoneyDesk) -> None:
        choose(desk)
        choose(desk, Rhythm())

        run(desk, NEXT_MONDAY + 10 * WEEK)

        assert (amounts(desk), skipped(desk)) == ([], [])

    def test_each_currency_has_its_own(self, desk: MoneyDesk) -> None:
        choose(desk)
        usd = Money.of(100, "USD").currency
        desk.choose_schedule(
            actor=A_PHYSICIAN, physician_id=PHYSICIAN, currency=usd, rhythm=MONDAYS
        )

        run(desk, NEXT_MONDAY)

        assert amounts(desk) == [dollars(76)]
        assert skipped(desk) == ["below_smallest"]

    def test_is_audited(self, desk: MoneyDesk) -> None:
        choose(desk)

        assert desk.uow.audit.records[-1].details == {"currency": "AUD", "cadence": "weekly"}

    def test_is_for_the_physician_alone(self, desk: MoneyDesk) -> None:
        for other in (A_PATIENT, FINANCE):
            with pytest.raises(AccessDenied):
                desk.choose_schedule(
                    actor=other, physician_id=PHYSICIAN, currency=AUD, rhythm=MONDAYS
                )

    def test_who_has_a_second_factor_gives_it_again(self, desk: MoneyDesk) -> None:
        long_ago = evolve(A_PHYSICIAN, stepped_up_at=desk.clock.now() - timedelta(days=1))

        with pytest.raises(StepUpRequired):
            desk.choose_schedule(
                actor=long_ago, physician_id=PHYSICIAN, currency=AUD, rhythm=MONDAYS
            )

    def test_a_minimum_is_in_the_wallets_currency(self, desk: MoneyDesk) -> None:
        with pytest.raises(MalformedRhythm):
            choose(desk, Rhythm(cadence=Cadence.MINIMUM, minimum=Money.of(5_000, "USD")))

    def test_only_the_clock_runs_them(self, desk: MoneyDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.run_schedules(actor=FINANCE)
