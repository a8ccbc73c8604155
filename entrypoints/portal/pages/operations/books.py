"""
The books: every account, both sides equal, and the checks that must always hold.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from application.ledger.books import Basis, TrialBalance, TrialBalanceLine, VerifyBooks
from application.ledger.exports import debit_and_credit
from domain.shared.errors import InvalidInput
from entrypoints.portal.components.accounts import account
from entrypoints.portal.components.forms import submit
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import file_link
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    empty,
    has,
    link_button,
    page_head,
    stack,
    status_sentence,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.journal_words import account_address
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, opening, zone_here
from entrypoints.portal.words import amount, moment, zone_of

ROUTE = "/operations/books"


@dataclass(frozen=True)
class AccountLine:
    """An account on its side."""

    account: str
    owner: str
    address: str
    kind: str
    debit: str
    credit: str


@dataclass(frozen=True)
class BookCheck:
    """A check, and whether it holds."""

    name: str
    looked_at: str
    words: str
    tone: str


@dataclass(frozen=True)
class CurrencyBooks:
    """The trial balance in one currency."""

    currency: str
    as_of: str
    lines: list[AccountLine]
    debits: str
    credits: str
    equal: bool


class BooksState(PageState, rx.State):
    """Trial balances, and the checks when they were asked for."""

    books: list[CurrencyBooks] = []
    as_of: str = ""
    by: str = Basis.OCCURRED.value
    export: str = ""
    checks: list[BookCheck] = []
    verdict: str = ""
    sound: bool = True

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show the trial balance of this moment."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def look_back(self, form: dict[str, Any]) -> None:
        """Show the trial balance of another instant, by either time."""
        async with acting(self):
            self.as_of = str(form.get("as_of", ""))[:16]
            self.by = str(form.get("by", ""))
            await self._fill()

    @allowed(Audience.STAFF)
    async def verify(self) -> None:
        """Run every check now."""
        async with acting(self):
            verified = await ask(self, VerifyBooks)
            self.sound = verified.hold
            self.verdict = (
                f"All {len(verified.results)} checks hold."
                if verified.hold
                else "Something is not as it must be. Finance has to look at it now."
            )
            self.checks = [
                BookCheck(
                    name=result.check.value.replace("_", " ").capitalize(),
                    looked_at=f"{result.looked_at} looked at",
                    words="Holds" if result.holds else f"{len(result.breaks)} broken",
                    tone="good" if result.holds else "harm",
                )
                for result in verified.results
            ]

    async def _fill(self) -> None:
        zone = await zone_here(self)
        as_of = _instant(self.as_of, zone)
        by = Basis.RECORDED if self.by == Basis.RECORDED.value else Basis.OCCURRED
        self.export = "/files/books/trial-balance.csv?" + urlencode(
            {"as_of": as_of.isoformat(), "by": by.value}
        )
        views = await ask(self, TrialBalance, as_of=as_of, by=by)
        self.books = [
            CurrencyBooks(
                currency=view.currency,
                as_of=moment(view.as_of, zone),
                lines=[account_line(line) for line in view.lines],
                debits=amount(view.debits),
                credits=amount(view.credits),
                equal=view.debits == view.credits,
            )
            for view in views
        ]


class UnfitInstant(InvalidInput):
    """Not a day and time."""


def _instant(written: str, zone: str) -> datetime:
    if not written:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone_of(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnfitInstant("Give the day and the time.", field="as_of") from None


def account_line(line: TrialBalanceLine) -> AccountLine:
    """
    An account on the side on which it grows; a negative balance stands on the other one.
    """
    debit, credit = debit_and_credit(line)
    return AccountLine(
        account=line.account,
        owner=line.owner_name or "",
        address=account_address(line.account, line.balance.currency.code),
        kind=line.type.value.capitalize(),
        debit="" if debit is None else amount(debit),
        credit="" if credit is None else amount(credit),
    )


def page() -> rx.Component:
    """Checks, then a table a currency."""
    return operations_frame(
        phased(
            BooksState,
            stack(
                page_head("Books", "Every account, and whether all is as it must be."),
                notices(BooksState),
                card(
                    rx.el.h2("Checks"),
                    rx.cond(
                        BooksState.verdict != "",
                        rx.el.div(
                            status_sentence(
                                BooksState.verdict, tone=rx.cond(BooksState.sound, "", "harm")
                            ),
                            role="status",
                        ),
                    ),
                    rx.el.ul(rx.foreach(BooksState.checks, _check), class_name="stack tight"),
                    rx.el.div(
                        button("Check the books now", BooksState.verify, disabled=BooksState.busy)
                    ),
                ),
                _past(),
                rx.cond(
                    has(BooksState.books),
                    rx.fragment(rx.foreach(BooksState.books, _books)),
                    empty("Nothing is booked yet", "The first payment opens the books."),
                ),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _past() -> rx.Component:
    return card(
        rx.el.h2("At any past instant"),
        rx.el.form(
            rx.el.div(
                rx.el.div(
                    rx.el.label("As of", html_for="as_of"),
                    rx.el.p("Empty is now.", class_name="hint", id="as_of-hint"),
                    rx.el.input(
                        id="as_of",
                        name="as_of",
                        type="datetime-local",
                        default_value=BooksState.as_of,
                        aria_describedby="as_of-hint",
                    ),
                    class_name="field",
                ),
                rx.el.div(
                    rx.el.label("By", html_for="by"),
                    rx.el.p("Late entries happened before they were booked.", class_name="hint"),
                    rx.el.select(
                        rx.el.option("when it happened", value=Basis.OCCURRED.value),
                        rx.el.option("when it was booked", value=Basis.RECORDED.value),
                        id="by",
                        name="by",
                        default_value=BooksState.by,
                    ),
                    class_name="field",
                ),
                class_name="fields",
            ),
            actions(
                submit("Show", disabled=BooksState.busy),
                file_link("CSV", address=BooksState.export, class_name="button"),
                link_button("Search the journal", "/operations/journal"),
            ),
            on_submit=BooksState.look_back,
            class_name="stack",
        ),
    )


def _check(check: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(check.name),
        rx.el.span(
            rx.el.span(check.looked_at, class_name="small-text"),
            tag(check.words, tone=check.tone),
            class_name="row",
        ),
        class_name="row between",
    )


def _books(books: Any) -> rx.Component:
    total = rx.el.tr(
        rx.el.th("Total", scope="row"),
        rx.el.td(rx.cond(books.equal, "Both sides are equal", "The sides differ")),
        rx.el.td(books.debits, class_name="amount title"),
        rx.el.td(books.credits, class_name="amount title"),
    )
    return rx.el.section(
        rx.el.h2(f"Trial balance in {books.currency}"),
        table(
            f"As of {books.as_of}",
            ("Account", "Type", "Debit", "Credit"),
            rx.fragment(
                rx.foreach(
                    books.lines,
                    lambda line: rx.el.tr(
                        rx.el.td(account(line.account, line.owner, line.address)),
                        rx.el.td(line.kind),
                        rx.el.td(line.debit, class_name="amount"),
                        rx.el.td(line.credit, class_name="amount"),
                    ),
                ),
                total,
            ),
            amounts=2,
        ),
        class_name="stack",
    )
