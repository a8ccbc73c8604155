"""
The books: every account, both sides equal, and the checks that must always hold.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from application.ledger.books import TrialBalance, TrialBalanceLine, VerifyBooks
from domain.shared.money import Money
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.parts import (
    button,
    card,
    empty,
    has,
    page_head,
    stack,
    status_sentence,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, opening, zone_here
from entrypoints.portal.words import amount, moment

ROUTE = "/operations/books"

_DEBIT_TYPES = frozenset({"asset", "expense"})


@dataclass(frozen=True)
class AccountLine:
    """An account on its side."""

    account: str
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
    checks: list[BookCheck] = []
    verdict: str = ""
    sound: bool = True

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show the trial balance of this moment."""
        async with opening(self):
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
        views = await ask(self, TrialBalance, as_of=datetime.now(UTC))
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


def account_line(line: TrialBalanceLine) -> AccountLine:
    """
    An account on the side on which it grows; a negative balance stands on the other one.
    """
    grows_on_debit = line.type.value in _DEBIT_TYPES
    is_debit = grows_on_debit == (line.balance.minor >= 0)
    shown = amount(Money(abs(line.balance.minor), line.balance.currency))
    return AccountLine(
        account=line.account,
        kind=line.type.value.capitalize(),
        debit=shown if is_debit else "",
        credit="" if is_debit else shown,
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
                        rx.el.td(line.account, class_name="reference"),
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
