"""
What searching the journal promises, in memory and in PostgreSQL.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from application.ledger.books import Basis, TrialBalance
from application.ledger.exports import (
    ExportAccountStatement,
    ExportJournal,
    ExportTrialBalance,
)
from application.ledger.journal_search import (
    AccountLine,
    AccountNotInChart,
    EntryView,
    JournalFilter,
    SearchJournal,
    Span,
    UnfitSearch,
    ViewAccountBalance,
    ViewAccountStatement,
    ViewJournalEntry,
)
from application.ledger.ports import EntryNotFound
from application.shared.access import AccessDenied, Actor, Role
from domain.ledger import posting_rules
from domain.ledger.chart import (
    PATIENT_FUNDS,
    PROCESSOR_CLEARING,
    LedgerAccount,
    wallet_available,
    wallet_held,
)
from domain.ledger.journal import Reason
from domain.shared.ids import JournalEntryId, to_wire
from domain.shared.money import Currency, Money
from tests.contracts.journal_store import (
    HOUR,
    KINDS,
    OTHER,
    PAYOUT,
    Store,
    earned,
    open_store,
    with_history,
)
from tests.fakes.clock import MONDAY_NOON, FixedClock
from tests.fakes.money import A_PHYSICIAN, AUD, FINANCE, PHYSICIAN, dollars


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from open_store(request, request.param)


@pytest.fixture
def history(store: Store) -> Store:
    """Two payments, an earning for each of two physicians, a withdrawal that is called back."""
    return with_history(store)


class TestSearch:
    def test_everything_comes_with_the_latest_booked_first(self, history: Store) -> None:
        assert history.causes() == ["pa_1", "pa_2", "co_1", "co_2", PAYOUT, PAYOUT]

    @pytest.mark.parametrize(
        ("wanted", "causes"),
        [
            ({"account": wallet_available(PHYSICIAN).code}, ["co_1", PAYOUT, PAYOUT]),
            ({"account": PATIENT_FUNDS.code, "currency": Currency("JPY")}, ["pa_2"]),
            ({"account": "no:such"}, []),
            ({"owner": str(OTHER)}, ["co_2"]),
            ({"owner": "stripe"}, ["pa_1", "pa_2"]),
            ({"reason": "service_delivered"}, ["co_1", "co_2"]),
            ({"cause": "pa_2"}, ["pa_2"]),
            ({"amount": 9000}, ["pa_2"]),
            ({"amount": 9000, "currency": AUD}, []),
            ({"text": "DELIVERED:co"}, ["co_1", "co_2"]),
            ({"text": "%"}, []),
            ({"text": "a_2"}, ["pa_2"]),
            ({"occurred_from": MONDAY_NOON + HOUR}, ["pa_2", PAYOUT, PAYOUT]),
            ({"occurred_until": MONDAY_NOON}, ["co_2"]),
            ({"reason": "service_delivered", "owner": str(PHYSICIAN)}, ["co_1"]),
        ],
        ids=str,
    )
    def test_all_that_is_asked_must_hold(
        self, history: Store, wanted: dict[str, object], causes: list[str]
    ) -> None:
        assert history.causes(**wanted) == causes
        exported = list(history.queries.every_entry(JournalFilter(**wanted)))  # type: ignore[arg-type]
        assert [entry.cause for entry in exported] == causes

    def test_booking_times_bound_it_from_and_until(self, history: Store) -> None:
        fifth = history.found()[::-1][4]

        assert history.causes(recorded_until=fifth.recorded_at) == ["pa_1", "pa_2", "co_1", "co_2"]
        assert history.causes(recorded_from=fifth.recorded_at) == [PAYOUT, PAYOUT]

    def test_pages_join_without_a_gap(self, history: Store) -> None:
        search, cursor = SearchJournal(history.queries), None
        seen: list[EntryView] = []
        for _ in range(3):
            page = search(actor=FINANCE, wanted=JournalFilter(), limit=2, cursor=cursor)
            seen += page.items
            cursor = page.next_cursor

        assert cursor is None
        assert seen == history.found()

    def test_what_cannot_be_searched_for_is_refused(self) -> None:
        for amount in (0, 2**63):
            with pytest.raises(UnfitSearch):
                JournalFilter(amount=amount)
        with pytest.raises(UnfitSearch):
            JournalFilter(recorded_from=MONDAY_NOON, recorded_until=MONDAY_NOON)

    @pytest.mark.parametrize("actor", [A_PHYSICIAN, Actor(roles=[Role.OPERATIONS])])
    def test_is_for_finance(self, history: Store, actor: Actor) -> None:
        queries, span = history.queries, Span()
        account = {"account": PATIENT_FUNDS.code, "currency": AUD}
        refused = (
            lambda: SearchJournal(queries)(actor=actor, wanted=JournalFilter()),
            lambda: ExportJournal(queries)(actor=actor, wanted=JournalFilter()),
            lambda: ViewJournalEntry(queries)(actor=actor, entry_id=history.found()[0].entry_id),
            lambda: ViewAccountStatement(queries)(actor=actor, span=span, **account),  # type: ignore[arg-type]
            lambda: ExportAccountStatement(queries)(actor=actor, span=span, **account),  # type: ignore[arg-type]
            lambda: ViewAccountBalance(queries)(
                actor=actor,
                before=None,
                by=Basis.RECORDED,
                **account,  # type: ignore[arg-type]
            ),
        )
        for ask in refused:
            with pytest.raises(AccessDenied):
                ask()


class TestEntry:
    def test_shows_its_postings_and_what_undid_it(self, history: Store) -> None:
        view = ViewJournalEntry(history.queries)
        undone, requested = history.found(cause=PAYOUT)

        assert view(actor=FINANCE, entry_id=requested.entry_id) == requested
        assert requested.resolved_by == undone.entry_id
        assert undone.resolves == requested.entry_id
        assert requested.postings == posting_rules.payout_requested(PHYSICIAN, dollars(25))

    def test_of_a_consultation_names_it(self, store: Store) -> None:
        cause = to_wire("consultation", UUID(int=5))
        posted = posting_rules.payment_captured(dollars(60))
        store.post(Reason.PAYMENT_CAPTURED, "pa_1", posted)
        entry_id = store.post(Reason.SERVICE_DELIVERED, cause, earned(PHYSICIAN, dollars(60)))

        shown = ViewJournalEntry(store.queries)(actor=FINANCE, entry_id=entry_id)

        assert shown.consultation_id == UUID(int=5)

    def test_that_is_not_there_is_not_found(self, store: Store) -> None:
        with pytest.raises(EntryNotFound):
            ViewJournalEntry(store.queries)(actor=FINANCE, entry_id=JournalEntryId(UUID(int=1)))


class TestAccountStatement:
    def lines(self, store: Store, account: LedgerAccount, **more: object) -> list[AccountLine]:
        view = ViewAccountStatement(store.queries)
        shown = view(actor=FINANCE, account=account.code, currency=AUD, span=Span(), **more)  # type: ignore[arg-type]
        return list(shown.lines.items)

    def test_every_line_has_the_balance_after_it(self, history: Store) -> None:
        lines = self.lines(history, wallet_available(PHYSICIAN))

        assert [(line.change, line.balance) for line in lines] == [
            (dollars(25), dollars(60)),
            (-dollars(25), dollars(35)),
            (dollars(60), dollars(60)),
        ]

    def test_pages_keep_the_balance_running(self, history: Store) -> None:
        whole = self.lines(history, PATIENT_FUNDS)
        view, cursor = ViewAccountStatement(history.queries), None
        paged: list[AccountLine] = []
        for _ in whole:
            shown = view(
                actor=FINANCE,
                account=PATIENT_FUNDS.code,
                currency=AUD,
                span=Span(),
                limit=1,
                cursor=cursor,
            )
            paged += shown.lines.items
            cursor = shown.lines.next_cursor

        assert cursor is None
        assert paged == whole
        assert [line.balance for line in whole] == [dollars(0), dollars(40), dollars(100)]

    def test_a_span_opens_with_what_stood_before_it(self, history: Store) -> None:
        second = history.found(account=PATIENT_FUNDS.code, currency=AUD)[1]
        view = ViewAccountStatement(history.queries)

        def shown(span: Span) -> tuple[Money, Money, int]:
            found = view(actor=FINANCE, account=PATIENT_FUNDS.code, currency=AUD, span=span)
            return found.opening, found.closing, len(found.lines.items)

        before = shown(Span(end_at=second.recorded_at))
        after = shown(Span(start_at=second.recorded_at))
        assert before[1] == after[0]
        assert before[2] + after[2] == shown(Span())[2] == 3
        assert shown(Span())[:2] == (dollars(0), dollars(0))
        with pytest.raises(UnfitSearch):
            shown(Span(start_at=second.recorded_at, end_at=second.recorded_at))

    def test_of_an_unknown_account_is_not_found(self, store: Store) -> None:
        with pytest.raises(AccountNotInChart):
            ViewAccountStatement(store.queries)(
                actor=FINANCE, account="petty_cash", currency=AUD, span=Span()
            )


class TestPastBalances:
    def test_any_past_instant_has_its_balance_by_both_times(self, history: Store) -> None:
        view = ViewAccountBalance(history.queries)
        account = wallet_held(PHYSICIAN)
        _, requested = history.found(cause=PAYOUT)

        def at(before: datetime | None, by: Basis) -> Money:
            return view(
                actor=FINANCE, account=account.code, currency=AUD, before=before, by=by
            ).balance

        tick = timedelta(microseconds=1)
        assert at(None, Basis.RECORDED) == dollars(0)
        assert at(requested.occurred_at, Basis.OCCURRED) == dollars(0)
        assert at(requested.occurred_at + tick, Basis.OCCURRED) == dollars(25)
        assert at(requested.recorded_at, Basis.RECORDED) == dollars(0)
        assert at(datetime.max.replace(tzinfo=MONDAY_NOON.tzinfo), Basis.RECORDED) == dollars(0)

    @pytest.mark.parametrize("by", list(Basis))
    def test_the_trial_balance_of_any_instant_balances_and_agrees(
        self, history: Store, by: Basis
    ) -> None:
        trial, tick = TrialBalance(history.books, FixedClock()), timedelta(microseconds=1)
        for entry in history.found():
            at: datetime = getattr(entry, by.value)
            for view in trial(actor=FINANCE, as_of=at, by=by):
                assert view.debits == view.credits
                for line in view.lines:
                    held = ViewAccountBalance(history.queries)(
                        actor=FINANCE,
                        account=line.account,
                        currency=Currency(view.currency),
                        before=at + tick,
                        by=by,
                    )
                    assert held.balance == line.balance


class TestExports:
    def rows(self, lines: Iterator[str]) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO("".join(lines), newline="")))

    def test_the_journal_has_a_row_for_each_posting(self, history: Store) -> None:
        rows = self.rows(ExportJournal(history.queries)(actor=FINANCE, wanted=JournalFilter()))

        assert [row["cause"] for row in rows] == history.causes()
        assert (rows[1]["amount"], rows[1]["currency"]) == ("9000", "JPY")
        assert (rows[0]["debit"], rows[0]["credit"]) == (PROCESSOR_CLEARING.code, "patient_funds")
        assert rows[5]["resolves"] == rows[4]["entry"]

    def test_an_account_runs_from_its_opening_to_its_closing_balance(self, history: Store) -> None:
        export = ExportAccountStatement(history.queries)
        first = history.found(account=PATIENT_FUNDS.code, currency=AUD)[-2]
        span = Span(start_at=first.recorded_at)

        opening, *rows = self.rows(
            export(actor=FINANCE, account=PATIENT_FUNDS.code, currency=AUD, span=span)
        )

        assert (opening["reason"], opening["balance"]) == ("opening", "100.00")
        running = Decimal(opening["balance"])
        for row in rows:
            running += Decimal(row["change"])
            assert Decimal(row["balance"]) == running
        assert running == 0

    def test_the_trial_balance_ends_with_its_sums(self, history: Store) -> None:
        trial = TrialBalance(history.books, FixedClock(MONDAY_NOON + 9 * HOUR))

        rows = self.rows(ExportTrialBalance(trial)(actor=FINANCE, as_of=None, by=Basis.OCCURRED))

        assert [
            (row["account"], row["debit"], row["credit"])
            for row in rows
            if row["currency"] == "AUD" and (row["debit"], row["credit"]) != ("", "0.00")
        ] == [
            ("processor_clearing:stripe", "100.00", ""),
            (wallet_available(PHYSICIAN).code, "", "60.00"),
            (wallet_available(OTHER).code, "", "40.00"),
            ("total", "100.00", "100.00"),
        ]
