"""
A bank's file sent in the portal, over the real reader and the real books.
"""

import asyncio
from datetime import date

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from application.reconciliation.intake import LARGEST_FILE
from application.reconciliation.queries import ListReconciledItems
from application.shared.access import Actor, Role
from domain.reconciliation.items import Source
from domain.shared.money import Currency, Money
from entrypoints.month.bank import OperatingAccount
from entrypoints.portal.http.site import one_port
from entrypoints.portal.pages.operations.reconciliation import ROUTE, ReconciliationState
from entrypoints.portal.security.cookies import FORM_SEAL, SESSION
from entrypoints.portal.security.form_tokens import token_for
from entrypoints.portal.settings import PortalSettings
from tests.entrypoints.api.world import STAFF, World
from tests.entrypoints.portal.http_browser import ADDRESS, HttpBrowser
from tests.entrypoints.portal.tabs import open_state

SEAL = "a-seal"
FINANCE = Actor(user_id=STAFF[Role.FINANCE], roles=frozenset({Role.FINANCE}))
DAY = date(2026, 3, 2)
CSV = "Day;Sum\n02.03.2026;1.096,80\n"
COLUMNS = {
    "account": "062-000 1234 4321",
    "currency": "aud",
    "booked_on": "Day",
    "amount": "Sum",
    "date_format": "%d.%m.%Y",
    "delimiter": "semicolon",
    "decimal_point": ",",
}


class Reader:
    """Somebody at the page, who sends a file and is led back to it."""

    def __init__(self, world: World, person: str = "finance") -> None:
        async def reflex(scope: Scope, receive: Receive, send: Send) -> None:
            await PlainTextResponse("reflex")(scope, receive, send)

        self.session = world.tokens[person]
        settings = PortalSettings(public_url=ADDRESS)
        self.browser = HttpBrowser(one_port(settings, lambda _: True)(reflex))
        self.browser.cookies.set(SESSION, self.session)
        self.browser.cookies.set(FORM_SEAL, SEAL)

    def send(self, content: bytes, token: str = "", **fields: str) -> httpx.Response:
        return self.browser.post(
            "/files/bank-statements",
            data={"form_token": token or token_for(SEAL), **fields},
            files={"file": ("statement.xml", content, "application/xml")},
            headers={"referer": f"{ADDRESS}{ROUTE}", "host": "portal.test"},
        )

    def led_back(self, answer: httpx.Response) -> ReconciliationState:
        assert answer.status_code == 303
        address = answer.headers["location"]
        assert address.startswith(f"{ROUTE}?")

        async def opened() -> ReconciliationState:
            state = await open_state(ReconciliationState, self.session, address=address)
            await state.load()
            return state

        return asyncio.run(opened())


@pytest.fixture
def finance(world: World) -> Reader:
    return Reader(world)


def statement() -> bytes:
    account = OperatingAccount(Currency("AUD"))
    account.book(DAY, Money.of(109_680, "AUD"), "STRIPE PAYOUT")
    return account.statement(DAY)


def lines(world: World) -> list[Money]:
    found = world.container.resolve(ListReconciledItems)(
        actor=FINANCE, source=Source.BANK, limit=10
    )
    return [each.amount for each in found.items]


def test_a_statement_is_taken_in_once(world: World, finance: Reader) -> None:
    first = finance.led_back(finance.send(statement()))
    again = finance.led_back(finance.send(statement()))

    assert first.notice == "The statement was taken in. New lines: 1. Known before: 0."
    assert again.notice == "The statement was taken in. New lines: 0. Known before: 1."
    assert lines(world) == [Money.of(109_680, "AUD")]


def test_a_csv_file_is_read_by_the_columns_that_were_named(world: World, finance: Reader) -> None:
    page = finance.led_back(finance.send(CSV.encode(), **COLUMNS))

    assert page.notice == "The statement was taken in. New lines: 1. Known before: 0."
    assert lines(world) == [Money.of(109_680, "AUD")]


def test_a_gap_in_it_is_said(finance: Reader) -> None:
    torn = statement().replace(b">1096.80<", b">1096.79<", 1)

    assert "Its closing balance is not the sum of its lines." in (
        finance.led_back(finance.send(torn)).notice
    )


@pytest.mark.parametrize(
    ("content", "fields", "complaint"),
    [
        ("<Document/>", {}, "This is not a camt.053 statement."),
        ("", {}, "The file is empty."),
        (CSV, {}, "Declare which column says what."),
        (CSV, COLUMNS | {"amount": "Total"}, "The file has no column that is called Total."),
        (CSV, COLUMNS | {"date_format": "%Y"}, "Line 2 does not fit the declared layout."),
    ],
    ids=["not-one", "empty", "no-columns", "no-such-column", "a-line"],
)
def test_what_cannot_be_read_is_said(
    world: World, finance: Reader, content: str, fields: dict[str, str], complaint: str
) -> None:
    page = finance.led_back(finance.send(content.encode(), **fields))

    assert (page.trouble, page.notice) == (complaint, "")
    assert lines(world) == []


def test_nobody_puts_words_on_the_page_from_outside(finance: Reader) -> None:
    forged = httpx.Response(303, headers={"location": f"{ROUTE}?problem=Call+us&mark=00"})

    assert finance.led_back(forged).trouble == ("The statement was not taken in. Please try again.")


def test_only_finance_takes_one_in(world: World) -> None:
    operations = Reader(world, "operations")

    assert "problem=" in operations.send(statement()).headers["location"]
    assert lines(world) == []


def test_a_form_of_another_site_is_refused(world: World, finance: Reader) -> None:
    page = finance.led_back(finance.send(statement(), token="made-up"))

    assert page.trouble == "The page was open for too long. Please send the file again."
    assert lines(world) == []


def test_a_file_that_is_too_large_is_not_read(world: World, finance: Reader) -> None:
    page = finance.led_back(finance.send(b" " * (LARGEST_FILE + 100_000)))

    assert page.trouble == "The file is larger than a statement is: 20 MB at most."
    assert lines(world) == []


def test_a_stranger_is_asked_to_sign_in(finance: Reader) -> None:
    finance.browser.cookies.delete(SESSION)

    assert finance.send(statement()).status_code == 401
