"""
What finance sees, from a database in which a settlement, a float and an unknown line are.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import cast
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.cursors import MalformedCursor
from adapters.postgres.queries.reconciliation import PostgresReconciliationQueries
from adapters.system.ids import RandomIds
from application.reconciliation.queries import (
    BreakFilter,
    ListBreaks,
    ListPeriods,
    ListReconciledItems,
    ViewBreak,
    ViewReconciliation,
)
from application.shared.access import AccessDenied
from domain.reconciliation.breaks import BreakNotFound, BreakStatus
from domain.reconciliation.findings import BreakKind, Severity
from domain.reconciliation.items import ItemKind, Source, Whose
from domain.reconciliation.matching import Rule
from domain.reconciliation.periods import PeriodStatus
from domain.reconciliation.repairs import RepairRule
from domain.shared.ids import BreakId
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.reconciliation import theirs
from tests.fakes.clock import FixedClock
from tests.fakes.money import A_PHYSICIAN, FINANCE, MoneyDesk, dollars
from tests.fakes.reconciliation_desk import BEN, ReconciliationDesk
from tests.fakes.unit_of_work import FakeUnitOfWork

DAY = timedelta(days=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = build_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def desk(engine: Engine) -> ReconciliationDesk:
    clock = FixedClock()
    uow = unit_of_work(engine, clock=clock, ids=RandomIds())
    desk = ReconciliationDesk(
        money=MoneyDesk(
            uow=cast("FakeUnitOfWork", uow),
            clock=clock,
            ids=RandomIds(),  # type: ignore[arg-type]
        )
    )
    paid = desk.charge("pi_gone", dollars(100), fee=320)
    desk.pay_out("po_1", dollars(96, 80), paid)
    desk.settle("po_1", dollars(96, 80), dollars(3, 20))
    desk.fund(dollars(40), "OUR-7")
    desk.bank_tells(
        desk.line("b1", dollars(96, 80), "po_1"),
        desk.line("b2", dollars(42), "thank you"),
        opening=dollars(10),
        closing=dollars(148, 80),
    )
    desk.compare()
    return desk


@pytest.fixture
def queries(engine: Engine, desk: ReconciliationDesk) -> PostgresReconciliationQueries:
    return PostgresReconciliationQueries(engine)


class TestViewReconciliation:
    def test_shows_the_sides_beside_each_other(
        self, queries: PostgresReconciliationQueries, desk: ReconciliationDesk
    ) -> None:
        view = ViewReconciliation(queries)(actor=FINANCE)

        (aud,) = view.currencies
        processor, vendor, bank = aud.places
        assert (processor.journal, processor.told) == (-dollars(100), dollars(0))
        assert (vendor.journal, vendor.told, vendor.stated) == (dollars(40), dollars(0), None)
        assert (bank.journal, bank.told) == (dollars(56, 80), dollars(148, 80))
        assert [place.was_told for place in (processor, vendor, bank)] == [True, False, True]
        assert (bank.stated, bank.difference) == (dollars(148, 80), dollars(92))
        assert (bank.ours_unmatched.count, bank.ours_unmatched.amount) == (1, -dollars(40))
        assert (bank.theirs_unmatched.count, bank.theirs_unmatched.amount) == (1, dollars(42))
        assert view.last_run_at == desk.now()
        assert {each.source for each in view.sources} == set(Source)
        assert view.breaks[BreakKind.UNKNOWN_REFERENCE] == 1

    def test_shows_what_is_in_suspense(
        self, queries: PostgresReconciliationQueries, desk: ReconciliationDesk
    ) -> None:
        found = queries.breaks(
            BreakFilter(kind=BreakKind.UNKNOWN_REFERENCE), limit=1, cursor=None
        ).items[0]
        desk.propose(actor=FINANCE, break_id=found.id, rule=RepairRule.SUSPENSE, note="")
        desk.approve(actor=BEN, break_id=found.id)

        (aud,) = ViewReconciliation(queries)(actor=FINANCE).currencies

        assert aud.suspense == dollars(42)


class TestBreaks:
    def test_are_listed_newest_first_in_pages(
        self, queries: PostgresReconciliationQueries, desk: ReconciliationDesk
    ) -> None:
        list_breaks = ListBreaks(queries, desk.clock)
        first = list_breaks(actor=FINANCE, wanted=BreakFilter(), limit=2)
        second = list_breaks(actor=FINANCE, wanted=BreakFilter(), limit=2, cursor=first.next_cursor)

        ids = [row.break_id for row in (*first.items, *second.items)]
        assert ids == sorted(set(ids), reverse=True)
        assert len(ids) == 3

    def test_are_filtered(
        self, queries: PostgresReconciliationQueries, desk: ReconciliationDesk
    ) -> None:
        desk.clock.pass_by(8 * DAY)
        unknown = BreakFilter(kind=BreakKind.UNKNOWN_REFERENCE, status=BreakStatus.OPEN)
        healed = BreakFilter(status=BreakStatus.HEALED)
        somebodys = BreakFilter(owner_id=BEN.user_id)

        (row,) = ListBreaks(queries, desk.clock)(actor=FINANCE, wanted=unknown, limit=9).items

        assert (row.age, row.severity) == (8 * DAY, Severity.HIGH)
        assert [(each.source, each.amount) for each in row.differences] == [
            (Source.BANK, dollars(42))
        ]
        for wanted in (healed, somebodys):
            page = ListBreaks(queries, desk.clock)(actor=FINANCE, wanted=wanted, limit=9)
            assert page.items == ()

    def test_show_their_items_and_what_would_close_them(
        self, queries: PostgresReconciliationQueries, desk: ReconciliationDesk
    ) -> None:
        found = queries.breaks(
            BreakFilter(kind=BreakKind.UNKNOWN_REFERENCE), limit=1, cursor=None
        ).items[0]

        view = ViewBreak(queries, desk.clock, desk.uow)(actor=FINANCE, break_id=found.id)

        assert [item.key for item in view.items] == ["theirs:bank:b2"]
        assert view.suggestion is not None
        assert view.suggestion.rule is RepairRule.SUSPENSE
        assert [(each.debit, each.credit) for each in view.suggestion.postings] == [
            ("bank:operating", "suspense")
        ]
        assert view.proposal is None

    def test_that_do_not_exist_are_not_found(
        self, queries: PostgresReconciliationQueries, desk: ReconciliationDesk
    ) -> None:
        with pytest.raises(BreakNotFound):
            ViewBreak(queries, desk.clock, desk.uow)(actor=FINANCE, break_id=BreakId(uuid4()))


class TestItems:
    def test_are_listed_latest_first_with_their_match(
        self, queries: PostgresReconciliationQueries
    ) -> None:
        keys: list[str] = []
        cursor: str | None = None
        while True:
            page = ListReconciledItems(queries)(actor=FINANCE, limit=4, cursor=cursor)
            keys += [item.key for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break

        assert len(keys) == len(set(keys)) == 10
        matched = queries.items(
            source=Source.BANK, whose=Whose.THEIRS, unmatched=False, limit=9, cursor=None
        ).items
        told = {item.key: (item.rule, item.explanation) for item in matched}
        assert told["theirs:bank:b1"][0] is Rule.REFERENCE
        assert told["theirs:bank:b2"] == (None, None)

    def test_can_be_the_unmatched_alone(self, queries: PostgresReconciliationQueries) -> None:
        page = queries.items(
            source=Source.PROCESSOR, whose=None, unmatched=True, limit=9, cursor=None
        )

        assert [item.key for item in page.items] == ["theirs:processor:txn_pi_gone"]

    def test_refuse_a_cursor_of_another_list(self, queries: PostgresReconciliationQueries) -> None:
        with pytest.raises(MalformedCursor):
            queries.items(source=None, whose=None, unmatched=False, limit=9, cursor="W10")


class TestPeriods:
    def test_say_how_many_breaks_keep_them_open(
        self, queries: PostgresReconciliationQueries, desk: ReconciliationDesk
    ) -> None:
        desk.open_period(actor=FINANCE, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
        desk.open_period(actor=FINANCE, starts_on=date(2026, 2, 1), ends_on=date(2026, 2, 28))

        march, february = ListPeriods(queries)(actor=FINANCE)

        assert (march.starts_on, march.status, march.barring) == (
            date(2026, 3, 1),
            PeriodStatus.OPEN,
            1,
        )
        assert february.barring == 0


def test_all_of_it_is_for_finance(
    queries: PostgresReconciliationQueries, desk: ReconciliationDesk
) -> None:
    for look in (
        lambda: ViewReconciliation(queries)(actor=A_PHYSICIAN),
        lambda: ListBreaks(queries, desk.clock)(actor=A_PHYSICIAN, wanted=BreakFilter(), limit=1),
        lambda: ListReconciledItems(queries)(actor=A_PHYSICIAN, limit=1),
        lambda: ListPeriods(queries)(actor=A_PHYSICIAN),
    ):
        with pytest.raises(AccessDenied):
            look()


class TestDatabase:
    def refuses(self, engine: Engine, statement: str) -> str:
        with pytest.raises(DBAPIError) as refusal, engine.begin() as connection:
            connection.execute(text(statement))
        return str(getattr(refusal.value.orig, "sqlstate", ""))

    @pytest.mark.parametrize(
        "statement",
        [
            "update reconciliation_item set amount_minor = 1",
            "delete from reconciliation_item",
            "truncate reconciliation_item cascade",
            "update settlement_member set batch = 'x'",
            "delete from stated_balance",
        ],
    )
    def test_never_changes_what_was_told(
        self, engine: Engine, desk: ReconciliationDesk, statement: str
    ) -> None:
        assert self.refuses(engine, statement) == "RC001"

    def test_neither_reopens_a_closed_period_nor_takes_it_apart(
        self, engine: Engine, desk: ReconciliationDesk
    ) -> None:
        period_id = desk.open_period(
            actor=FINANCE, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31)
        )
        with desk.uow as uow:
            period = uow.accounting_periods.get(period_id)
            period.begin_closing()
            period.close(by=None, now=desk.now())
            uow.accounting_periods.save(period)
            uow.commit()

        for statement in (
            "update accounting_period set status = 'open'",
            "delete from accounting_period",
            "update reconciliation_match_item set undone = true",
            "delete from reconciliation_match_item",
        ):
            assert self.refuses(engine, statement) == "RC002"

    def test_takes_in_what_comes_late(self, desk: ReconciliationDesk) -> None:
        desk.tell(theirs("txn_late", dollars(5), "pi_late", kind=ItemKind.PAYMENT, at=desk.now()))

        assert desk.compare().found == 1
