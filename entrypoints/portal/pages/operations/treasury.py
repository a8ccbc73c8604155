"""
Treasury: our balance at the payout partner beside our books, and what it has to cover.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import reflex as rx

from application.treasury.bookings import HeldAt, RecordCapital, RecordConversion
from application.treasury.funding import RecordFloatFunding, ReverseFloatFunding
from application.treasury.ports import StuckMove
from application.treasury.queries import (
    FloatFundingView,
    FloatView,
    FundingRequestView,
    ViewTreasury,
)
from application.treasury.watch import WatchFloat
from domain.shared.errors import InvalidInput
from domain.shared.money import Money
from domain.treasury.conversion import Conversion
from domain.treasury.float_position import DueKind
from domain.treasury.funding import FundingRequestStatus
from entrypoints.portal.pages.operations.reconciliation import signed_amount
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, opening, zone_here
from entrypoints.portal.words import amount, day, moment

ROUTE = "/operations/treasury"

DUE_WORDS = {
    DueKind.PAYOUTS_TO_SEND: "Payouts set aside to be sent",
    DueKind.PAYOUTS_UNFUNDED: "Payouts at the partner that wait for our money",
    DueKind.WITHDRAWABLE: "In wallets, and may be withdrawn at any time",
    DueKind.MATURING: "Clears, and may be withdrawn from then",
}
REQUEST_WORDS = {
    FundingRequestStatus.OPEN: ("Open", "wait"),
    FundingRequestStatus.FUNDED: ("Sent", "good"),
    FundingRequestStatus.WITHDRAWN: ("No longer needed", ""),
}


class UnfitEntry(InvalidInput):
    """Something in the form is not what its field asks for."""


@dataclass(frozen=True)
class DueLine:
    """What will be needed, and from when."""

    what: str
    when: str
    sum: str


@dataclass(frozen=True)
class FloatCard:
    """One currency of the balance."""

    currency: str
    sentence: str
    detail: str
    tone: str
    available: str
    ours: str
    difference: str
    differs: bool
    needed: str
    needed_by: str
    dues: list[DueLine]


@dataclass(frozen=True)
class RequestLine:
    """Money that was asked for."""

    sentence: str
    detail: str
    status: str
    tone: str
    is_open: bool


@dataclass(frozen=True)
class FundingLine:
    """Money that was sent."""

    reference: str
    when: str
    sum: str
    words: str
    tone: str
    standing: bool


@dataclass(frozen=True)
class StuckLine:
    """Money that is with nobody."""

    words: str
    reference: str
    since: str
    sum: str


class TreasuryState(PageState, rx.State):
    """Balances, requests, and what finance notes of our own money."""

    at: str = ""
    floats: list[FloatCard] = []
    requests: list[RequestLine] = []
    fundings: list[FundingLine] = []
    stuck: list[StuckLine] = []
    taking_back: str = ""
    deeds: int = 0

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Ask the partner, and show both sides."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def check(self) -> None:
        """Compare the balance with what is due, now."""
        async with acting(self):
            await ask(self, WatchFloat)
            await self._done("Checked. What is missing is asked for below.")

    @allowed(Audience.STAFF)
    async def fund(self, form: dict[str, Any]) -> None:
        """Note a top-up that was sent from our bank."""
        async with acting(self):
            sent = _money(form, "amount", "currency")
            await ask(
                self,
                RecordFloatFunding,
                amount=sent,
                reference=_text(form, "reference"),
                occurred_at=_noon(form),
            )
            await self._done(f"{amount(sent)} is booked as sent. Payouts that waited go on now.")

    @allowed(Audience.STAFF)
    async def ask_to_take_back(self, reference: str) -> None:
        """Show what taking back does before it is done; the empty text calls it off."""
        async with acting(self):
            self.taking_back = str(reference)

    @allowed(Audience.STAFF)
    async def take_back(self) -> None:
        """Note that a bank took a top-up back."""
        async with acting(self):
            await ask(self, ReverseFloatFunding, reference=self.taking_back)
            self.taking_back = ""
            await self._done("Booked as taken back. What it had covered is asked for again.")

    @allowed(Audience.STAFF)
    async def pay_in(self, form: dict[str, Any]) -> None:
        """Note what the owners put into our bank account."""
        async with acting(self):
            paid = _money(form, "capital", "capital_currency")
            await ask(
                self,
                RecordCapital,
                amount=paid,
                reference=_text(form, "capital_reference"),
                occurred_at=_noon(form, "capital_on"),
            )
            await self._done(f"{amount(paid)} is booked as our own money.")

    @allowed(Audience.STAFF)
    async def convert(self, form: dict[str, Any]) -> None:
        """Note an exchange between two currencies."""
        async with acting(self):
            sold = _money(form, "sold", "sold_currency")
            conversion = Conversion(
                sold=sold,
                bought=_money(form, "bought", "bought_currency"),
                quoted_rate=_decimal(form, "rate", "0.66"),
                fee=_fee(form, sold),
            )
            await ask(
                self,
                RecordConversion,
                held_at=_held_at(form),
                conversion=conversion,
                reference=_text(form, "exchange_reference"),
                occurred_at=_noon(form, "exchanged_on"),
            )
            await self._done(exchange_words(conversion))

    async def _done(self, words: str) -> None:
        await self._fill()
        self.deeds += 1
        self.notice = words

    async def _fill(self) -> None:
        zone = await zone_here(self)
        view = await ask(self, ViewTreasury)
        self.at = moment(view.at, zone)
        self.floats = [float_card(one) for one in view.floats]
        self.requests = [request_line(one, zone) for one in view.requests]
        self.fundings = [_funding(one, zone) for one in view.fundings]
        self.stuck = [_stuck(one, zone) for one in view.stuck]


def float_card(one: FloatView) -> FloatCard:
    """One currency, as a sentence and its figures."""
    if one.short_from is None:
        sentence = f"The balance covers all that is due until {day(one.looked_until)}."
        tone = "good"
    else:
        sentence = f"From {day(one.short_from)} the balance does not cover what is due."
        tone = "harm"
    detail = f"{amount(one.on_the_way)} was sent lately." if one.on_the_way else ""
    return FloatCard(
        currency=one.currency,
        sentence=sentence,
        detail=detail,
        tone=tone,
        available=amount(one.available),
        ours=amount(one.ours),
        difference=signed_amount(one.difference) if one.difference else "None",
        differs=bool(one.difference),
        needed=amount(one.needed),
        needed_by=f"Until {day(one.looked_until)}",
        dues=[DueLine(DUE_WORDS[due.kind], day(due.on), amount(due.amount)) for due in one.dues],
    )


def request_line(one: FundingRequestView, zone: str) -> RequestLine:
    """What to do about a request, or what became of it."""
    words, tone = REQUEST_WORDS[one.status]
    is_open = one.status is FundingRequestStatus.OPEN
    sentence = (
        f"Send {amount(one.missing)} to the payout partner by {day(one.due_on)}."
        if is_open
        else f"{amount(one.amount)} was asked for."
    )
    detail = f"Asked for {moment(one.opened_at, zone)}"
    if one.received:
        detail += f", {amount(one.received)} sent so far" if is_open else ""
    return RequestLine(sentence=sentence, detail=detail, status=words, tone=tone, is_open=is_open)


def exchange_words(conversion: Conversion) -> str:
    """What was booked, and how far it missed the quote."""
    worse = conversion.difference
    booked = f"{amount(conversion.sold)} became {amount(conversion.bought)}"
    if not worse:
        return f"{booked}, as quoted."
    how = "less" if worse.minor > 0 else "more"
    return f"{booked}, {amount(Money(abs(worse.minor), worse.currency))} {how} than quoted."


def _funding(one: FloatFundingView, zone: str) -> FundingLine:
    standing = one.reversed_at is None
    return FundingLine(
        reference=one.reference,
        when=moment(one.occurred_at, zone),
        sum=amount(one.amount),
        words="Sent" if one.reversed_at is None else f"Taken back {moment(one.reversed_at, zone)}",
        tone="good" if standing else "harm",
        standing=standing,
    )


def _stuck(one: StuckMove, zone: str) -> StuckLine:
    words = (
        "Refused by the partner, and not given back yet"
        if one.vendor_status == "SUSPENDED"
        else "On its way between accounts at the partner"
    )
    return StuckLine(
        words=words,
        reference=one.reference,
        since=f"Since {moment(one.since, zone)}",
        sum=amount(one.amount),
    )


def _text(form: dict[str, Any], name: str) -> str:
    written = str(form.get(name, "")).strip()
    if not written:
        raise UnfitEntry("Write the reference as the bank or the partner has it.", field=name)
    return written


def _decimal(form: dict[str, Any], name: str, example: str) -> Decimal:
    try:
        return Decimal(str(form.get(name, "")).strip().replace(",", "."))
    except InvalidOperation:
        raise UnfitEntry(f"Write a number, such as {example}.", field=name) from None


def _money(form: dict[str, Any], name: str, currency: str) -> Money:
    return Money.from_major(
        _decimal(form, name, "120.50"), str(form.get(currency, "")).strip().upper()
    )


def _fee(form: dict[str, Any], sold: Money) -> Money:
    if not str(form.get("fee", "")).strip():
        return Money.zero(sold.currency)
    return Money.from_major(_decimal(form, "fee", "1.50"), sold.currency.code)


def _noon(form: dict[str, Any], name: str = "sent_on") -> datetime:
    written = _read(date.fromisoformat, str(form.get(name, "")), name, "Choose the day.")
    return datetime.combine(written, time(12), UTC)


def _held_at(form: dict[str, Any]) -> HeldAt:
    return _read(HeldAt, str(form.get("held_at", "")), "held_at", "Choose where it was exchanged.")


def _read(kind: Callable[[str], Any], written: str, name: str, mend: str) -> Any:
    try:
        return kind(written)
    except ValueError:
        raise UnfitEntry(mend, field=name) from None
