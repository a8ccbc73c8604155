"""
Statements, the journal and money trails on their pages, and as files.
"""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from starlette.responses import PlainTextResponse

from application.ledger.books import Basis, TrialBalance
from application.ledger.exports import ExportAccountStatement, ExportTrialBalance
from application.ledger.journal_search import SearchJournal
from application.shared.access import AccessDenied
from application.wallets.papers import PaperForm, PrintMonthlyStatement, PrintPayoutStatement
from application.wallets.statements import ListStatements
from domain.ledger.chart import wallet_available
from domain.payouts.payout import PayoutNotFound
from domain.shared.ids import to_wire
from domain.wallets.month import Month
from entrypoints.portal.http.site import one_port
from entrypoints.portal.pages.operations.books import BooksState
from entrypoints.portal.pages.operations.journal import AccountState, EntryState, JournalState
from entrypoints.portal.pages.operations.money_trail import MoneyTrailState
from entrypoints.portal.pages.physician.statements import StatementsState
from entrypoints.portal.security.cookies import SESSION
from entrypoints.portal.settings import PortalSettings
from tests.entrypoints.portal.http_browser import HttpBrowser
from tests.entrypoints.portal.journal_answers import (
    FOLLOWED,
    entry_with_a_sequel,
    prepare_for_books,
)
from tests.entrypoints.portal.physician_clinic import prepare_for_physician
from tests.entrypoints.portal.staff_answers import prepare_for_staff
from tests.entrypoints.portal.tabs import Clinic, open_state
from tests.fakes.money import PHYSICIAN


@pytest.fixture(autouse=True)
def booked_clinic(clinic: Clinic) -> Clinic:
    prepare_for_physician(clinic)
    prepare_for_staff(clinic)
    prepare_for_books(clinic)
    return clinic


async def opened(state_class: Any, address: str = "/", session: str = "staff-token") -> Any:
    state = await open_state(state_class, session, address=address)
    await state.load()
    return state


@pytest.fixture
def site(tmp_path: Path) -> HttpBrowser:
    settings = PortalSettings(public_url="https://portal.test", client_directory=tmp_path)
    return HttpBrowser(one_port(settings, lambda _: False)(PlainTextResponse("reflex")))


class TestStatements:
    def test_show_the_latest_month_line_by_line(self) -> None:
        page = asyncio.run(opened(StatementsState, session="physician-token"))

        assert [offer.month for offer in page.offers] == ["November 2026"]
        assert page.shown.title == "November 2026 in AUD"
        assert page.shown.note != ""
        assert [(row.what, row.net, row.balance) for row in page.rows] == [
            ("Consultation", "+A$76.00", "A$76.00"),
            ("Consultation", "+A$76.00", "A$152.00"),
            ("Paid to your bank", "-A$100.00", "A$52.00"),
            ("Refund to a patient", "-A$76.00", "-A$24.00"),
            ("Consultation", "+A$76.00", "A$52.00"),
        ]
        assert page.rows[2].details == ["A$76.00 from co_…000003", "A$24.00 from co_…000004"]
        assert page.offers[0].pdf == "/files/statements/2026-11.pdf?currency=AUD"
        assert page.payouts[0].csv.endswith(".csv")

    def test_refuse_what_is_no_month(self) -> None:
        async def run() -> Any:
            page = await opened(StatementsState, session="physician-token")
            await page.choose("yesterday AUD")
            return page

        assert asyncio.run(run()).trouble == "Write the month as 2026-03."

    def test_of_nobody_are_not_shown(self, clinic: Clinic) -> None:
        clinic.answer(ListStatements, AccessDenied("You may not do this."))

        assert asyncio.run(opened(StatementsState, session="physician-token")).phase == "forbidden"


class TestJournal:
    def test_lists_the_latest_with_links_to_accounts_and_causes(self) -> None:
        page = asyncio.run(opened(JournalState, "/operations/journal"))

        delivered = page.entries[0]
        assert (delivered.what, len(delivered.postings)) == ("Service delivered", 3)
        assert delivered.cause_address == f"/operations/money/{to_wire('consultation', _fifth())}"
        assert delivered.postings[1].credit_address.endswith(
            "account=revenue%3Acommission&currency=AUD"
        )

    def test_names_the_owner_beside_an_accounts_code(self) -> None:
        page = asyncio.run(opened(JournalState, "/operations/journal"))

        wallets = [
            posting.credit_owner
            for entry in page.entries
            for posting in entry.postings
            if posting.credit.startswith("wallet_")
        ]
        assert set(wallets) == {"Dr Ada Moreau"}
        assert {
            posting.debit_owner
            for entry in page.entries
            for posting in entry.postings
            if ":" not in posting.debit
        } == {""}

    def test_searches_for_what_is_typed_and_exports_the_same(self, clinic: Clinic) -> None:
        async def run() -> Any:
            page = await opened(JournalState, "/operations/journal?reason=payout_paid")
            await page.search({"currency": "aud", "amount": "76,00", "recorded_from": "2026-11-01"})
            return page

        page = asyncio.run(run())

        by_address, by_form = (
            arguments["wanted"] for arguments in clinic.arguments_of(SearchJournal)
        )
        assert by_address.reason == "payout_paid"
        assert (by_form.amount, by_form.currency.code) == (7600, "AUD")
        # The first of November begins in Sydney while it is still October elsewhere.
        assert by_form.recorded_from.isoformat() == "2026-10-31T13:00:00+00:00"
        exported = parse_qs(urlsplit(page.export).query)
        assert (exported["amount"], exported["zone"]) == (["76,00"], ["Australia/Sydney"])

    @pytest.mark.parametrize(
        "typed",
        [
            {"amount": "10"},
            {"amount": "ten", "currency": "AUD"},
            {"owner": "ph_x"},
            {"recorded_from": "9999-99-99"},
            {"recorded_until": "9999-12-31"},
            {"currency": "dollars"},
        ],
        ids=str,
    )
    def test_says_what_cannot_be_searched_for(self, typed: dict[str, str]) -> None:
        async def run() -> Any:
            page = await opened(JournalState, "/operations/journal")
            await page.search(typed)
            return page

        page = asyncio.run(run())

        assert page.trouble not in {"", "Something went wrong on our side."}
        assert page.entries != []

    def test_pages_go_on(self) -> None:
        async def run() -> tuple[int, int]:
            page = await opened(JournalState, "/operations/journal")
            before = len(page.entries)
            if page.has_more:
                await page.more()
            return before, len(page.entries)

        before, after = asyncio.run(run())

        assert after >= before > 5


class TestEntry:
    def test_leads_to_what_completed_it(self) -> None:
        view = entry_with_a_sequel()
        wire = to_wire("journal_entry", view.entry_id)

        page = asyncio.run(opened(EntryState, f"/operations/x?journal_entry_id={wire}"))

        assert page.what == "Payout requested"
        assert page.resolved_by.startswith("/operations/journal/je_")
        assert (page.resolves, page.trail) == ("", "")
        assert page.entry.postings[0].sum == "A$100.00"

    def test_that_is_none_is_not_found(self) -> None:
        page = asyncio.run(opened(EntryState, "/operations/x?journal_entry_id=je_x"))

        assert page.phase == "missing"


class TestAccount:
    ADDRESS = "/operations/account?account=patient_funds&currency=AUD"

    def test_runs_with_its_balance(self) -> None:
        page = asyncio.run(opened(AccountState, self.ADDRESS))

        assert (page.kind, page.before, page.after) == ("Liability", "A$0.00", "A$0.00")
        assert page.rows[0].balance == "A$0.00"
        assert page.rows[-1].balance == "A$100.00"

    def test_shows_only_the_days_that_are_asked_for(self, clinic: Clinic) -> None:
        async def run() -> Any:
            page = await opened(AccountState, self.ADDRESS)
            await page.bound({"since": "2026-11-20", "until": ""})
            return page

        page = asyncio.run(run())

        assert page.rows == []
        assert "from=2026-11-19T13%3A00%3A00%2B00%3A00" in page.export

    def test_of_a_wallet_names_the_physician(self) -> None:
        address = f"/operations/account?account={wallet_available(PHYSICIAN).code}&currency=AUD"

        page = asyncio.run(opened(AccountState, address))

        assert (page.owner, page.phase) == ("Dr Ada Moreau", "ready")
        assert asyncio.run(opened(AccountState, self.ADDRESS)).owner == ""

    def test_of_no_account_is_not_found(self) -> None:
        page = asyncio.run(opened(AccountState, "/operations/account?account=x&currency=AUD"))

        assert page.phase == "missing"


class TestBooks:
    def test_look_back_to_any_instant_by_either_time(self, clinic: Clinic) -> None:
        async def run() -> Any:
            page = await opened(BooksState)
            await page.look_back({"as_of": "2026-11-20T09:30", "by": "recorded_at"})
            return page

        page = asyncio.run(run())

        asked = clinic.arguments_of(TrialBalance)[-1]
        assert asked["as_of"].isoformat() == "2026-11-19T22:30:00+00:00"
        assert asked["by"] is Basis.RECORDED
        assert page.export.endswith("by=recorded_at")

    def test_refuse_what_is_no_instant(self) -> None:
        async def run() -> Any:
            page = await opened(BooksState)
            await page.look_back({"as_of": "long ago"})
            return page

        assert asyncio.run(run()).trouble == "Give the day and the time."


class TestMoneyTrail:
    def test_goes_from_the_payment_to_the_bank(self) -> None:
        wire = to_wire("consultation", FOLLOWED)

        page = asyncio.run(opened(MoneyTrailState, f"/operations/x?consultation_id={wire}"))

        assert [(step.what, step.state, step.sum) for step in page.steps] == [
            ("Paid by the patient", "Captured", "A$100.00"),
            ("Earned by the physician", "Available", "A$76.00"),
            ("Payout", "Paid", "A$24.00"),
        ]
        assert (page.earned, page.remaining) == ("A$76.00", "A$52.00")
        assert {one.account for one in page.standing} >= {"patient_funds", "revenue:commission"}
        assert page.physician == "Dr Ada Moreau"
        assert {(one.account.partition(":")[0], one.owner) for one in page.standing} >= {
            ("wallet_pending", "Dr Ada Moreau"),
            ("patient_funds", ""),
        }


class TestFiles:
    def get(self, site: HttpBrowser, path: str, session: str = "") -> Any:
        site.cookies.set(SESSION, session)
        return site.get(path)

    def test_need_somebody_who_is_signed_in(self, site: HttpBrowser) -> None:
        for path in ("statements/2026-11.pdf", "payouts/po_x.pdf", "books/journal.csv"):
            assert self.get(site, f"/files/{path}").status_code == 401

    def test_are_made_for_the_physician_who_asks(self, site: HttpBrowser, clinic: Clinic) -> None:
        saved = self.get(site, "/files/statements/2026-11.pdf?currency=AUD", "physician-token")

        (asked,) = clinic.arguments_of(PrintMonthlyStatement)
        assert saved.status_code == 200
        assert saved.headers["content-disposition"].startswith("attachment;")
        assert saved.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert asked["physician_id"] == asked["actor"].physician_id
        assert (asked["month"], asked["form"]) == (Month(2026, 11), PaperForm.PDF)

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("statements/2026-11.docx?currency=AUD", 404),
            ("statements/november.pdf?currency=AUD", 422),
            ("statements/2026-11.pdf", 422),
            ("payouts/po_x.pdf", 422),
            ("books/account.csv?account=petty_cash&currency=AUD", 404),
            ("books/account.csv?account=patient_funds&currency=AUD&from=monday", 422),
            ("books/journal.csv?amount=7", 422),
        ],
    )
    def test_that_are_none_are_refused(self, site: HttpBrowser, path: str, status: int) -> None:
        assert self.get(site, f"/files/{path}", "physician-token").status_code == status

    def test_of_somebody_else_are_not_there(self, site: HttpBrowser, clinic: Clinic) -> None:
        clinic.answer(PrintPayoutStatement, PayoutNotFound("There is no such payout."))
        clinic.answer(ExportAccountStatement, AccessDenied("You may not do this."))
        payout = to_wire("payout", _fifth())

        for path in (f"payouts/{payout}.pdf", "books/account.csv?account=bank&currency=AUD"):
            assert self.get(site, f"/files/{path}", "physician-token").status_code == 404
        assert self.get(site, "/files/statements/2026-11.pdf", "patient-token").status_code == 404

    def test_of_the_books_are_sent_as_they_are_read(
        self, site: HttpBrowser, clinic: Clinic
    ) -> None:
        journal = self.get(site, "/files/books/journal.csv?reason=payout_paid", "staff-token")
        account = self.get(
            site, "/files/books/account.csv?account=patient_funds&currency=AUD", "staff-token"
        )
        balance = self.get(
            site,
            "/files/books/trial-balance.csv?as_of=2026-11-20T00:00:00%2B00:00&by=recorded_at",
            "staff-token",
        )

        assert journal.text.count("payout_paid:") == 2
        assert account.text.splitlines()[1].endswith(",opening,,,,0.00,AUD,")
        assert balance.text == "as_of,by\r\n"
        assert clinic.arguments_of(ExportTrialBalance)[0]["by"] is Basis.RECORDED


def _fifth() -> UUID:
    return UUID(int=5)
