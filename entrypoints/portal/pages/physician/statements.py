"""
A physician's statements: every month and payout, to read, to print and to calculate with.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.payouts.queries import ListPayouts
from application.wallets.papers import consultation_of, made_of, paid_by, payout_of
from application.wallets.statements import (
    ListStatements,
    MonthlyStatement,
    StatementOffer,
    ViewMonthlyStatement,
)
from domain.payouts.payout_account import PayoutAccountNotFound
from domain.shared.ids import PhysicianId, to_wire
from domain.shared.money import Currency, Money
from domain.wallets.month import Month
from domain.wallets.statement import Movement, MovementKind
from entrypoints.portal.components.frames import physician_frame
from entrypoints.portal.components.links import file_link
from entrypoints.portal.components.parts import (
    button,
    card,
    empty,
    facts,
    has,
    page_head,
    stack,
    table,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, actor_of, ask, opening, zone_here
from entrypoints.portal.words import amount, moment, month_name, short

ROUTE = "/physician/statements"

_KINDS = {
    MovementKind.CONSULTATION: "Consultation",
    MovementKind.REFUND: "Refund to a patient",
    MovementKind.DISPUTE: "Dispute of a payment",
    MovementKind.DEBT_RECOVERED: "Taken off for an earlier refund",
    MovementKind.PAYOUT: "Paid to your bank",
    MovementKind.PAYOUT_RETURNED: "Payout returned by the bank",
    MovementKind.CORRECTION: "Correction",
}


@dataclass(frozen=True)
class Offer:
    """A month that there is a statement of."""

    key: str
    month: str
    currency: str
    note: str
    pdf: str
    csv: str


@dataclass(frozen=True)
class PayoutOffer:
    """A payout that there is a statement of."""

    when: str
    sum: str
    reference: str
    pdf: str
    csv: str


@dataclass(frozen=True)
class StatementRow:
    """A line of the month that is shown."""

    when: str
    what: str
    reference: str
    details: list[str]
    gross: str
    kept: str
    net: str
    balance: str


@dataclass(frozen=True)
class Shown:
    """The month that is shown."""

    title: str
    note: str
    opening: str
    closing: str
    debt: str


_NOTHING = Shown("", "", "", "", "")


class StatementsState(PageState, rx.State):
    """The months, the latest payouts, and one month in full."""

    offers: list[Offer] = []
    payouts: list[PayoutOffer] = []
    shown: Shown = _NOTHING
    rows: list[StatementRow] = []

    @allowed(Audience.PHYSICIAN)
    async def load(self) -> None:
        """Show the months, and the latest of them in full."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def choose(self, key: str) -> None:
        """Show another month."""
        async with acting(self):
            written, _, currency = str(key).partition(" ")
            await self._show(Month.parse(written), Currency(currency))

    async def _fill(self) -> None:
        physician_id = await self._physician()
        offers = await ask(self, ListStatements, physician_id=physician_id)
        self.offers = [_offer(one) for one in offers]
        zone = await zone_here(self)
        payouts = await ask(self, ListPayouts, physician_id=physician_id, limit=20)
        self.payouts = [
            PayoutOffer(
                when=moment(one.requested_at, zone),
                sum=amount(one.amount),
                reference=short(to_wire("payout", one.payout_id)),
                pdf=f"/files/payouts/{to_wire('payout', one.payout_id)}.pdf",
                csv=f"/files/payouts/{to_wire('payout', one.payout_id)}.csv",
            )
            for one in payouts.items
        ]
        if offers:
            await self._show(offers[0].month, offers[0].currency)

    async def _show(self, month: Month, currency: Currency) -> None:
        shown = await ask(
            self,
            ViewMonthlyStatement,
            physician_id=await self._physician(),
            month=month,
            currency=currency,
        )
        statement = shown.statement
        self.shown = Shown(
            title=f"{month_name(month.first_on)} in {currency}",
            note="" if shown.is_complete else "The month is not over: more may follow.",
            opening=amount(statement.opening.owed),
            closing=amount(statement.closing.owed),
            debt=amount(statement.closing.debt) if statement.closing.debt else "",
        )
        self.rows = [_row(shown, movement, owed) for movement, owed in statement.lines]

    async def _physician(self) -> PhysicianId:
        actor = await actor_of(self)
        if actor.physician_id is None:
            raise PayoutAccountNotFound("There is no wallet of yours.")
        return actor.physician_id


def _offer(one: StatementOffer) -> Offer:
    address = f"/files/statements/{one.month}"
    return Offer(
        key=f"{one.month} {one.currency}",
        month=month_name(one.month.first_on),
        currency=one.currency.code,
        note="" if one.is_complete else "So far",
        pdf=f"{address}.pdf?currency={one.currency}",
        csv=f"{address}.csv?currency={one.currency}",
    )


def _row(shown: MonthlyStatement, movement: Movement, owed: Money) -> StatementRow:
    kept = movement.commission + movement.platform_fee + movement.tax
    details = [
        f"{amount(one.amount)} withdrawn with {short(to_wire('payout', one.payout_id))}"
        for one in paid_by(shown, movement)
    ]
    details += [
        f"{amount(one.amount)} from {short(to_wire('consultation', one.consultation_id))}"
        for one in made_of(shown, movement)
    ]
    if movement.change.debt:
        details.append(f"To be taken off: {_signed(movement.change.debt)}")
    if movement.borne:
        details.append(f"Borne by us: {amount(movement.borne)}")
    return StatementRow(
        when=moment(movement.recorded_at, shown.holder.time_zone),
        what=_KINDS[movement.kind],
        reference=short(payout_of(movement) or consultation_of(movement) or movement.cause),
        details=details,
        gross=amount(movement.gross) if kept else "",
        kept=amount(kept) if kept else "",
        net=_signed(movement.net),
        balance=amount(owed),
    )


def _signed(money: Money) -> str:
    return f"+{amount(money)}" if money.minor > 0 else amount(money)


def page() -> rx.Component:
    """One month in full, then all months and payouts to take along."""
    return physician_frame(
        phased(
            StatementsState,
            stack(
                page_head(
                    "Statements",
                    "Every month and every payout, line by line.",
                    back=("Wallet", "/physician/wallet"),
                ),
                notices(StatementsState),
                rx.cond(
                    has(StatementsState.offers),
                    rx.fragment(_month(), _months(), _payouts()),
                    empty(
                        "There is no statement yet",
                        "The first one begins with your first completed consultation.",
                    ),
                ),
                class_name="wide",
            ),
        ),
        here="/physician/wallet",
    )


def _month() -> rx.Component:
    return rx.el.section(
        rx.el.h2(StatementsState.shown.title),
        rx.cond(
            StatementsState.shown.note != "",
            rx.el.p(StatementsState.shown.note, class_name="soft"),
        ),
        card(
            facts(
                ("We owed you at the start", StatementsState.shown.opening),
                ("We owe you at the end", StatementsState.shown.closing),
            ),
            rx.cond(
                StatementsState.shown.debt != "",
                facts(("Of later earnings, this is taken off", StatementsState.shown.debt)),
            ),
        ),
        rx.cond(
            has(StatementsState.rows),
            table(
                "In the order of booking. What each line changed leads from start to end.",
                ("Booked", "What", "From", "Gross", "Kept by us and tax", "Change", "We owe you"),
                rx.foreach(StatementsState.rows, _line),
                amounts=4,
            ),
            rx.el.p("Nothing was booked in this month.", class_name="soft"),
        ),
        class_name="stack",
        aria_live="polite",
    )


def _line(line: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(line.when, class_name="number"),
        rx.el.td(
            line.what,
            rx.foreach(line.details, lambda detail: rx.el.div(detail, class_name="small-text")),
        ),
        rx.el.td(line.reference, class_name="reference"),
        rx.el.td(line.gross, class_name="amount"),
        rx.el.td(line.kept, class_name="amount"),
        rx.el.td(line.net, class_name="amount"),
        rx.el.td(line.balance, class_name="amount"),
    )


def _months() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Months"),
        rx.el.ul(
            rx.foreach(
                StatementsState.offers,
                lambda one: rx.el.li(
                    rx.el.div(
                        rx.el.div(
                            rx.el.span(f"{one.month}, {one.currency}", class_name="title"),
                            rx.cond(one.note != "", rx.el.span(one.note, class_name="small-text")),
                            class_name="grow",
                        ),
                        button(
                            rx.fragment("Show", rx.el.span(f" {one.month}", class_name="hidden")),
                            StatementsState.choose(one.key),
                            look="small",
                        ),
                        *_files(one, f"{one.month}, {one.currency}"),
                        class_name="list-item",
                    )
                ),
            ),
            class_name="list",
        ),
        class_name="stack",
    )


def _payouts() -> rx.Component:
    return rx.cond(
        has(StatementsState.payouts),
        rx.el.section(
            rx.el.h2("Payouts"),
            rx.el.p("Each names the consultations that it paid.", class_name="soft"),
            rx.el.ul(
                rx.foreach(
                    StatementsState.payouts,
                    lambda one: rx.el.li(
                        rx.el.div(
                            rx.el.div(
                                rx.el.span(one.sum, class_name="title number"),
                                rx.el.span(
                                    f"{one.when} · {one.reference}", class_name="small-text"
                                ),
                                class_name="grow",
                            ),
                            *_files(one, one.reference),
                            class_name="list-item",
                        )
                    ),
                ),
                class_name="list",
            ),
            class_name="stack",
        ),
    )


def _files(one: Any, name: Any) -> tuple[rx.Component, rx.Component]:
    return (
        file_link(
            "PDF",
            rx.el.span(f" of {name}", class_name="hidden"),
            address=one.pdf,
            class_name="button small",
        ),
        file_link(
            "CSV",
            rx.el.span(f" of {name}", class_name="hidden"),
            address=one.csv,
            class_name="button small",
        ),
    )
