"""
What the periods and positions of reconciliation promise, in memory and in PostgreSQL.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.postgres.engine import build_engine
from adapters.system.ids import RandomIds
from application.reconciliation.ports import (
    FeedPosition,
    ReconciliationUnitOfWork,
)
from domain.reconciliation.items import Item, ItemKind, Source
from domain.reconciliation.periods import AccountingPeriod, PeriodNotFound, PeriodsOverlap
from domain.reconciliation.statements import StatedBalance
from domain.shared.ids import (
    AccountingPeriodId,
    UserId,
)
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.reconciliation import aud, theirs
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.unit_of_work import FakeUnitOfWork

DAY = timedelta(days=1)
MONDAY = MONDAY_NOON.date()
ANNA = UserId(UUID(int=1))


@pytest.fixture(params=["memory", "postgres"])
def uow(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "memory":
        yield FakeUnitOfWork()
        return
    engine = build_engine(request.getfixturevalue("database_url"))
    yield unit_of_work(engine, ids=RandomIds())
    engine.dispose()


def store(uow: ReconciliationUnitOfWork, *items: Item, on: date = MONDAY) -> None:
    with uow:
        uow.reconciled_items.add_new(dict.fromkeys(items, on))
        uow.commit()


class TestPeriods:
    def make(
        self, uow: ReconciliationUnitOfWork, starts_on: date, ends_on: date
    ) -> AccountingPeriodId:
        period = AccountingPeriod.open(
            id=AccountingPeriodId(uuid4()), starts_on=starts_on, ends_on=ends_on, now=MONDAY_NOON
        )
        with uow:
            uow.accounting_periods.add(period)
            uow.commit()
        return period.id

    def test_come_in_order(self, uow: ReconciliationUnitOfWork) -> None:
        april = self.make(uow, date(2026, 4, 1), date(2026, 4, 30))
        march = self.make(uow, date(2026, 3, 1), date(2026, 3, 31))

        with uow:
            assert [each.id for each in uow.accounting_periods.all()] == [march, april]

    def test_share_no_day(self, uow: ReconciliationUnitOfWork) -> None:
        self.make(uow, date(2026, 3, 1), date(2026, 3, 31))

        with pytest.raises(PeriodsOverlap):
            self.make(uow, date(2026, 3, 31), date(2026, 4, 30))

    def test_are_closed_for_good(self, uow: ReconciliationUnitOfWork) -> None:
        march = self.make(uow, date(2026, 3, 1), date(2026, 3, 31))
        with uow:
            period = uow.accounting_periods.get(march)
            period.begin_closing()
            period.close(by=ANNA, now=MONDAY_NOON)
            uow.accounting_periods.save(period)
            uow.commit()

        with uow:
            closed = uow.accounting_periods.get(march)

        assert (closed.closed_by, closed.closed_at) == (ANNA, MONDAY_NOON)

    def test_that_do_not_exist_are_not_found(self, uow: ReconciliationUnitOfWork) -> None:
        with uow, pytest.raises(PeriodNotFound):
            uow.accounting_periods.get(AccountingPeriodId(uuid4()))


class TestFeeds:
    def balance(self, minor: int, *, days: int = 0, opening: bool = False) -> StatedBalance:
        return StatedBalance(
            source=Source.BANK,
            stated_by="bank statement",
            at=MONDAY_NOON + days * DAY,
            amount=aud(minor),
            is_opening=opening,
        )

    def test_remember_where_to_go_on(self, uow: ReconciliationUnitOfWork) -> None:
        places = [
            FeedPosition(position=name, covers_until=MONDAY_NOON, read_at=MONDAY_NOON)
            for name in ("first", "second")
        ]
        for place in places:
            with uow:
                uow.feeds.take_turn()
                uow.feeds.note_position(Source.PROCESSOR, place)
                uow.commit()

        with uow:
            assert uow.feeds.positions() == {Source.PROCESSOR: places[1]}

    def test_know_a_file_again(self, uow: ReconciliationUnitOfWork) -> None:
        with uow:
            first = uow.feeds.note_file(b"x" * 32, now=MONDAY_NOON)
            second = uow.feeds.note_file(b"x" * 32, now=MONDAY_NOON)

        assert (first, second) == (True, False)

    def test_know_the_last_balance_of_each_paper(self, uow: ReconciliationUnitOfWork) -> None:
        balances = [self.balance(4, opening=True), self.balance(5), self.balance(6, days=1)]
        for _ in range(2):
            with uow:
                uow.feeds.note_balances(balances)
                uow.commit()

        with uow:
            assert uow.feeds.latest_balances() == (balances[2],)
            assert uow.feeds.has_opening(Source.BANK, "AUD")
            assert not uow.feeds.has_opening(Source.BANK, "USD")

    def test_add_items_to_what_was_there_before(self, uow: ReconciliationUnitOfWork) -> None:
        at_bank = {"source": Source.BANK, "kind": ItemKind.OTHER}
        store(
            uow,
            theirs("before", aud(1000), at=MONDAY_NOON - DAY, **at_bank),
            theirs("b1", aud(30), **at_bank),
            theirs("b2", aud(-10), at=MONDAY_NOON + DAY, **at_bank),
            theirs("elsewhere", aud(7)),
        )
        opening, monday, tuesday = (
            self.balance(4, opening=True),
            self.balance(34),
            self.balance(24, days=1),
        )
        with uow:
            uow.feeds.note_balances([opening, monday, tuesday])
            uow.commit()

        with uow:
            assert uow.reconciled_items.sums_for([monday, tuesday]) == {
                monday: aud(34),
                tuesday: aud(24),
            }

    def test_remember_the_last_comparison(self, uow: ReconciliationUnitOfWork) -> None:
        with uow:
            assert uow.feeds.last_run_at() is None
            uow.feeds.note_run(MONDAY_NOON)
            assert uow.feeds.last_run_at() == MONDAY_NOON
