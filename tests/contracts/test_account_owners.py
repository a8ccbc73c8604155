"""
Whose the accounts are, wherever the journal is read, in memory and in PostgreSQL.
"""

import csv
import io
from collections.abc import Iterator
from uuid import UUID

import pytest

from application.ledger.books import Basis, TrialBalance
from application.ledger.exports import (
    ExportAccountStatement,
    ExportJournal,
    ExportTrialBalance,
)
from application.ledger.journal_search import (
    JournalFilter,
    Span,
    UnfitSearch,
    ViewAccountBalance,
    ViewAccountStatement,
    ViewJournalEntry,
)
from domain.ledger.chart import (
    PATIENT_FUNDS,
    LedgerAccount,
    account_of,
    pharmacy_payable,
    physician_debt,
    tax_payable,
    wallet_available,
    wallet_held,
)
from domain.ledger.journal import Posting, Reason
from domain.shared.ids import PhysicianId
from domain.shared.jurisdiction import Jurisdiction
from tests.builders.care import PHARMACY, a_pharmacy
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
from tests.fakes.money import AUD, FINANCE, PHYSICIAN, dollars


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from open_store(request, request.param)


@pytest.fixture
def named(store: Store) -> Store:
    """Both physicians of the history are known, and a pharmacy is owed something."""
    history = with_history(store)
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

    def test_who_is_called_like_a_code_is_not_meant_by_it(self, store: Store) -> None:
        store.register(OTHER, given="Alfred", family="Stripe")
        owed = tax_payable(Jurisdiction("FR"))
        store.post(
            Reason.SERVICE_DELIVERED,
            "co_8",
            (Posting(debit=PATIENT_FUNDS, credit=owed, amount=dollars(5)),),
        )
        store.post(Reason.SERVICE_DELIVERED, "co_9", earned(OTHER, dollars(5)))

        assert store.causes(owner="FR") == ["co_8"]
        assert store.causes(owner="stripe") == []
        assert store.causes(owner="fr") == ["co_9"]

    def test_are_not_found_by_a_name_of_too_many(self, store: Store) -> None:
        for number in range(51):
            store.register(PhysicianId(UUID(int=5000 + number)), given=f"A{number}", family="Li")

        with pytest.raises(UnfitSearch, match="Write more of it"):
            store.found(owner="li")
        with pytest.raises(UnfitSearch):
            ExportJournal(store.queries)(actor=FINANCE, wanted=JournalFilter(owner="li"))
        assert store.found(owner="a50 li") == []

    def test_stand_in_the_last_columns_of_what_is_taken_along(self, named: Store) -> None:
        journal = rows_of(
            ExportJournal(named.queries)(
                actor=FINANCE, wanted=JournalFilter(reason="payout_requested")
            )
        )
        account = rows_of(
            ExportAccountStatement(named.queries)(
                actor=FINANCE, account=wallet_available(OTHER).code, currency=AUD, span=Span()
            )
        )
        trial = TrialBalance(named.books, FixedClock(MONDAY_NOON + 9 * HOUR))
        balance = rows_of(ExportTrialBalance(trial)(actor=FINANCE, as_of=None, by=Basis.OCCURRED))

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


def rows_of(lines: Iterator[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(lines), newline="")))
