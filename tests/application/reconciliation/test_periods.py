from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.periods import (
    BreaksUnexplained,
    NotReconciledYet,
    PeriodIsClosed,
    PeriodsOverlap,
    PeriodStatus,
)
from domain.shared.ids import AccountingPeriodId, UserId
from tests.builders.reconciliation import theirs
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import A_PHYSICIAN, FINANCE, dollars
from tests.fakes.reconciliation_desk import ReconciliationDesk

MARCH = {"starts_on": date(2026, 3, 1), "ends_on": date(2026, 3, 31)}
APRIL_3 = datetime(2026, 4, 3, 9, tzinfo=MONDAY_NOON.tzinfo)


@pytest.fixture
def march(desk: ReconciliationDesk) -> AccountingPeriodId:
    return desk.open_period(actor=FINANCE, **MARCH)


def go_to_april(desk: ReconciliationDesk) -> None:
    desk.clock.at = APRIL_3
    desk.bank_tells(opening=dollars(0), closing=dollars(0), id="2026/3")
    desk.compare()


def status(desk: ReconciliationDesk, period_id: AccountingPeriodId) -> PeriodStatus:
    with desk.uow as uow:
        return uow.accounting_periods.get(period_id).status


def test_days_belong_to_one_period(desk: ReconciliationDesk, march: AccountingPeriodId) -> None:
    with pytest.raises(PeriodsOverlap):
        desk.open_period(actor=FINANCE, starts_on=date(2026, 3, 31), ends_on=date(2026, 4, 30))


def test_opening_it_again_finds_it(desk: ReconciliationDesk, march: AccountingPeriodId) -> None:
    assert desk.open_period(actor=FINANCE, **MARCH) == march


def test_closes_when_everything_is_matched(
    desk: ReconciliationDesk, march: AccountingPeriodId
) -> None:
    desk.charge(desk.pay(), dollars(100))
    go_to_april(desk)

    for _ in range(2):
        desk.close_period(actor=FINANCE, period_id=march)

    assert status(desk, march) is PeriodStatus.CLOSED
    assert [record.action for record in desk.uow.audit.records[-2:]] == [
        "reconciliation.period_closing",
        "reconciliation.period_closed",
    ]


def test_stays_open_with_an_unexplained_break(
    desk: ReconciliationDesk, march: AccountingPeriodId
) -> None:
    desk.pay()
    go_to_april(desk)
    (found,) = desk.standing()
    assert found.kind is BreakKind.MISSING_THERE

    with pytest.raises(BreaksUnexplained):
        desk.close_period(actor=FINANCE, period_id=march)
    assert status(desk, march) is PeriodStatus.OPEN
    desk.explain(actor=FINANCE, break_id=found.id, explanation="Written off by the board.")
    desk.close_period(actor=FINANCE, period_id=march)

    assert status(desk, march) is PeriodStatus.CLOSED


def test_what_belongs_to_the_next_period_does_not_bar_it(
    desk: ReconciliationDesk, march: AccountingPeriodId
) -> None:
    go_to_april(desk)
    desk.clock.pass_by(timedelta(days=1))
    desk.bank_tells(desk.line("b1", dollars(7)), id="2026/4")
    desk.compare()
    assert len(desk.standing()) == 1

    desk.close_period(actor=FINANCE, period_id=march)

    assert status(desk, march) is PeriodStatus.CLOSED


def test_waits_until_it_is_over_in_every_source(
    desk: ReconciliationDesk, march: AccountingPeriodId
) -> None:
    desk.compare()

    with pytest.raises(NotReconciledYet, match="bank, payout vendor, processor"):
        desk.close_period(actor=FINANCE, period_id=march)


def test_waits_until_what_was_imported_is_compared(
    desk: ReconciliationDesk, march: AccountingPeriodId
) -> None:
    go_to_april(desk)
    desk.clock.pass_by(timedelta(minutes=1))
    desk.import_transactions(actor=SYSTEM)

    with pytest.raises(NotReconciledYet, match="compared"):
        desk.close_period(actor=FINANCE, period_id=march)


@pytest.mark.parametrize("actor", [A_PHYSICIAN, SYSTEM])
def test_takes_a_person_of_finance(
    desk: ReconciliationDesk, march: AccountingPeriodId, actor: Actor
) -> None:
    with pytest.raises(AccessDenied):
        desk.close_period(actor=actor, period_id=march)


def test_an_administrator_may(desk: ReconciliationDesk, march: AccountingPeriodId) -> None:
    go_to_april(desk)

    boss = Actor(user_id=UserId(UUID(int=5)), roles=[Role.ADMINISTRATOR])
    desk.close_period(actor=boss, period_id=march)

    assert status(desk, march) is PeriodStatus.CLOSED


class TestClosed:
    @pytest.fixture(autouse=True)
    def closed(self, desk: ReconciliationDesk, march: AccountingPeriodId) -> None:
        desk.charge(desk.pay(), dollars(100))
        go_to_april(desk)
        desk.close_period(actor=FINANCE, period_id=march)

    def test_what_comes_late_counts_in_the_next(self, desk: ReconciliationDesk) -> None:
        desk.tell(theirs("txn_late", dollars(5), "pi_late", at=MONDAY_NOON))
        desk.compare()

        assert desk.uow.reconciled_items.rows["theirs:processor:txn_late"][1] == date(2026, 4, 1)

    def test_its_matches_are_not_taken_apart(self, desk: ReconciliationDesk) -> None:
        (row,) = desk.uow.reconciliation_matches.standing()

        with pytest.raises(PeriodIsClosed):
            desk.unmatch(actor=FINANCE, match_id=row.id, reason="too late")


def test_a_close_that_died_halfway_goes_on(
    desk: ReconciliationDesk, march: AccountingPeriodId
) -> None:
    go_to_april(desk)
    with desk.uow as uow:
        period = uow.accounting_periods.get(march)
        period.begin_closing()
        uow.accounting_periods.save(period)
        uow.commit()

    desk.close_period(actor=FINANCE, period_id=march)

    assert status(desk, march) is PeriodStatus.CLOSED


def test_a_break_found_while_it_closes_opens_it_again(
    desk: ReconciliationDesk, march: AccountingPeriodId
) -> None:
    go_to_april(desk)
    with desk.uow as uow:
        period = uow.accounting_periods.get(march)
        period.begin_closing()
        uow.accounting_periods.save(period)
        uow.commit()
    desk.clock.at = MONDAY_NOON
    desk.pay()
    desk.clock.at = APRIL_3
    desk.compare()

    with pytest.raises(BreaksUnexplained):
        desk.close_period(actor=FINANCE, period_id=march)

    assert status(desk, march) is PeriodStatus.OPEN
