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
from attrs import frozen

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.journal import PostgresJournalQueries
from adapters.postgres.queries.ledger import PostgresBooks
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.system.ids import RandomIds
from application.ledger.books import Basis, Books, TrialBalance
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
    JournalQueries,
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
    account_of,
    pharmacy_payable,
    physician_debt,
    tax_payable,
    wallet_available,
    wallet_held,
)
from domain.ledger.journal import JournalDraft, Posting, Postings, Reason, key_of
from domain.shared.ids import JournalEntryId, PhysicianId, UserId, to_wire
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Currency, Money
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.care import PHARMACY, a_pharmacy
from tests.builders.physicians import a_physician_user, an_applicant
from tests.fakes.clock import MONDAY_NOON, FixedClock
from tests.fakes.journal import InMemoryBooks, InMemoryJournalQueries
from tests.fakes.money import A_PHYSICIAN, AUD, FINANCE, PHYSICIAN, dollars
from tests.fakes.unit_of_work import FakeUnitOfWork

OTHER = PhysicianId(UUID(int=77))
HOUR = timedelta(hours=1)
PAYOUT = to_wire("payout", UUID(int=9))


@frozen
class Store:
    uow: FakeUnitOfWork | PostgresUnitOfWork
    queries: JournalQueries
    books: Books

    def post(
        self,
        reason: Reason,
        cause: str,
        postings: Postings,
        *,
        at: datetime = MONDAY_NOON,
        resolves: str | None = None,
    ) -> JournalEntryId:
        draft = JournalDraft(
            reason=reason, cause=cause, occurred_at=at, postings=postings, resolves=resolves
        )
        with self.uow as uow:
            entry_id = uow.journal.post(draft)
            uow.commit()
        return entry_id

    def register(self, physician_id: PhysicianId, *, given: str, family: str) -> None:
        user_id = UserId(UUID(int=physician_id.int + 1000))
        user = a_physician_user(user_id=user_id, email=f"{given}@clinic.test")
        with self.uow as uow:
            uow.users.add(user)
            uow.physicians.add(
                an_applicant(physician_id=physician_id, user_id=user_id, given=given, family=family)
            )
            uow.commit()

    def found(self, **wanted: object) -> list[EntryView]:
        search = SearchJournal(self.queries)
        return list(search(actor=FINANCE, wanted=JournalFilter(**wanted)).items)  # type: ignore[arg-type]

    def causes(self, **wanted: object) -> list[str]:
        return [entry.cause for entry in self.found(**wanted)][::-1]


def earned(physician_id: PhysicianId, amount: Money) -> Postings:
    available = wallet_available(physician_id)
    return (Posting(debit=PATIENT_FUNDS, credit=available, amount=amount),)


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        uow = FakeUnitOfWork()
        yield Store(uow, InMemoryJournalQueries(uow), InMemoryBooks(uow))
        return
    engine = build_engine(request.getfixturevalue("database_url"))
    queries, books = PostgresJournalQueries(engine), PostgresBooks(engine)
    yield Store(unit_of_work(engine, ids=RandomIds()), queries, books)
    engine.dispose()


@pytest.fixture
def history(store: Store) -> Store:
    """Two payments, an earning for each of two physicians, a withdrawal that is called back."""
    store.post(Reason.PAYMENT_CAPTURED, "pa_1", posting_rules.payment_captured(dollars(100)))
    yen = posting_rules.payment_captured(Money.of(9000, "JPY"))
    store.post(Reason.PAYMENT_CAPTURED, "pa_2", yen, at=MONDAY_NOON + HOUR)
    store.post(Reason.SERVICE_DELIVERED, "co_1", earned(PHYSICIAN, dollars(60)))
    store.post(Reason.SERVICE_DELIVERED, "co_2", earned(OTHER, dollars(40)), at=MONDAY_NOON - HOUR)
    held = posting_rules.payout_requested(PHYSICIAN, dollars(25))
    store.post(Reason.PAYOUT_REQUESTED, PAYOUT, held, at=MONDAY_NOON + 2 * HOUR)
    store.post(
        Reason.PAYOUT_CANCELLED,
        PAYOUT,
        posting_rules.payout_cancelled(PHYSICIAN, dollars(25)),
        at=MONDAY_NOON + 3 * HOUR,
        resolves=key_of(Reason.PAYOUT_REQUESTED, PAYOUT),
    )
    return store


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


@pytest.fixture
def named(history: Store) -> Store:
    """The same history; both physicians are known, and a pharmacy is owed something."""
    history.register(PHYSICIAN, given="Ada", family="Moreau")
    history.register(OTHER, given="Grace", family="Moreau-Okafor")
    with history.uow as uow:
        uow.pharmacies.put(a_pharmacy(name="Corner Pharmacy"))
        uow.commit()
    owed = Posting(debit=PATIENT_FUNDS, credit=pharmacy_payable(PHARMACY), amount=dollars(1))
    history.post(Reason.RECONCILIATION_REPAIRED, "or_1", (owed,))
    return history


class TestOwners:
    def test_stand_beside_their_accounts_wherever_entries_are_shown(self, named: Store) -> None:
        (delivered,) = named.found(reason="service_delivered", owner=str(PHYSICIAN))
        (owed,) = named.found(cause="or_1")
        requested = named.found(reason="payout_requested")[0]

        assert delivered.owners == {wallet_available(PHYSICIAN).code: "Dr Ada Moreau"}
        assert owed.owners == {pharmacy_payable(PHARMACY).code: "Corner Pharmacy"}
        assert ViewJournalEntry(named.queries)(
            actor=FINANCE, entry_id=requested.entry_id
        ).owners == {
            wallet_available(PHYSICIAN).code: "Dr Ada Moreau",
            wallet_held(PHYSICIAN).code: "Dr Ada Moreau",
        }
        assert list(named.queries.every_entry(JournalFilter())) == named.found()[::-1]

    def test_head_the_statements_of_their_accounts(self, named: Store) -> None:
        def owner(account: LedgerAccount) -> str | None:
            view = ViewAccountStatement(named.queries)
            shown = view(actor=FINANCE, account=account.code, currency=AUD, span=Span())
            now = ViewAccountBalance(named.queries)(
                actor=FINANCE, account=account.code, currency=AUD, before=None, by=Basis.RECORDED
            )
            assert now.owner_name == shown.owner_name
            return shown.owner_name

        assert owner(wallet_available(OTHER)) == "Dr Grace Moreau-Okafor"
        assert owner(physician_debt(OTHER)) == "Dr Grace Moreau-Okafor"
        assert owner(pharmacy_payable(PHARMACY)) == "Corner Pharmacy"
        for nobodys in (PATIENT_FUNDS, tax_payable(Jurisdiction("AU-NSW"))):
            assert owner(nobodys) is None
        for unknown in ("wallet_held:nobody", f"wallet_held:{PHARMACY}"):
            assert owner(account_of(unknown)) is None

    def test_are_named_in_the_trial_balance(self, named: Store) -> None:
        trial = TrialBalance(named.books, FixedClock(MONDAY_NOON + 9 * HOUR))

        names = {
            line.account: line.owner_name for view in trial(actor=FINANCE) for line in view.lines
        }

        assert names[wallet_available(PHYSICIAN).code] == "Dr Ada Moreau"
        assert names[pharmacy_payable(PHARMACY).code] == "Corner Pharmacy"
        assert names[PATIENT_FUNDS.code] is None

    @pytest.mark.parametrize(
        ("written", "causes"),
        [
            ("grace", ["co_2"]),
            ("MOREAU ada", ["co_1", PAYOUT, PAYOUT]),
            ("moreau", ["co_1", "co_2", PAYOUT, PAYOUT]),
            ("corner", ["or_1"]),
            ("%", []),
            ("grace ada", []),
            (" ", []),
        ],
    )
    def test_are_found_by_parts_of_their_names(
        self, named: Store, written: str, causes: list[str]
    ) -> None:
        lines = ExportJournal(named.queries)(actor=FINANCE, wanted=JournalFilter(owner=written))
        exported = [row["cause"] for row in csv.DictReader(io.StringIO("".join(lines), newline=""))]

        assert named.causes(owner=written) == causes
        assert exported == causes

    def test_are_not_found_by_a_name_of_too_many(self, store: Store) -> None:
        for number in range(51):
            store.register(PhysicianId(UUID(int=5000 + number)), given=f"A{number}", family="Li")

        with pytest.raises(UnfitSearch, match="Write more of it"):
            store.found(owner="li")
        with pytest.raises(UnfitSearch):
            ExportJournal(store.queries)(actor=FINANCE, wanted=JournalFilter(owner="li"))
        assert store.found(owner="a50 li") == []


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

    def test_owners_are_named_in_the_last_columns(self, named: Store) -> None:
        journal = self.rows(
            ExportJournal(named.queries)(
                actor=FINANCE, wanted=JournalFilter(reason="payout_requested")
            )
        )
        account = self.rows(
            ExportAccountStatement(named.queries)(
                actor=FINANCE, account=wallet_available(OTHER).code, currency=AUD, span=Span()
            )
        )
        trial = TrialBalance(named.books, FixedClock(MONDAY_NOON + 9 * HOUR))
        balance = self.rows(ExportTrialBalance(trial)(actor=FINANCE, as_of=None, by=Basis.OCCURRED))

        assert list(journal[0].items())[-2:] == [
            ("debit_owner", "Dr Ada Moreau"),
            ("credit_owner", "Dr Ada Moreau"),
        ]
        assert [list(row.items())[-1] for row in account] == [
            ("owner", "Dr Grace Moreau-Okafor")
        ] * 2
        named_lines = {row["account"]: row["owner"] for row in balance}
        assert list(balance[0])[-1] == "owner"
        assert named_lines[wallet_available(OTHER).code] == "Dr Grace Moreau-Okafor"
        assert named_lines["patient_funds"] == named_lines["total"] == ""

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
