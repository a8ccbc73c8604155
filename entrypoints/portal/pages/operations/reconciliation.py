"""
Reconciliation: what we, our vendors and our bank say, and every difference between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import reflex as rx

from application.reconciliation.comparison import Reconcile, Reconciled
from application.reconciliation.intake import ImportProcessorTransactions
from application.reconciliation.queries import BreakFilter, ListBreaks, ViewReconciliation
from application.reconciliation.views import BreakRow, DifferenceView, PlaceView, SourceView
from application.shared.access import Actor
from domain.reconciliation.breaks import BreakStatus
from domain.reconciliation.findings import BreakKind, Severity
from domain.reconciliation.items import Source
from domain.shared.ids import to_wire
from domain.shared.money import Money
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.security.cookies import FORM_SEAL, read_cookie
from entrypoints.portal.security.form_tokens import mark_of, token_for
from entrypoints.portal.states.page import PageState, acting, actor_of, ask, opening, zone_here
from entrypoints.portal.words import amount, moment, span

ROUTE = "/operations/reconciliation"

_MINUS = "\N{MINUS SIGN}"

SOURCE_WORDS = {
    Source.PROCESSOR: "Card processor",
    Source.PAYOUT_VENDOR: "Payout partner",
    Source.BANK: "Bank",
}
KIND_WORDS = {
    BreakKind.MISSING_HERE: "Missing in our books",
    BreakKind.MISSING_THERE: "Only in our books",
    BreakKind.AMOUNT_DIFFERS: "The amounts differ",
    BreakKind.CURRENCY_DIFFERS: "The currencies differ",
    BreakKind.DUPLICATE_HERE: "Booked twice",
    BreakKind.DUPLICATE_THERE: "Told twice",
    BreakKind.TIMING: "Its counterpart can still come",
    BreakKind.FEE_DIFFERS: "The fee differs",
    BreakKind.FX_DIFFERS: "The exchange rate differs",
    BreakKind.STATUS_DIFFERS: "Done on one side, undone on the other",
    BreakKind.UNKNOWN_REFERENCE: "A bank line that nobody can name",
    BreakKind.BALANCE_DIFFERS: "Their balance is not the sum of their items",
}
STATUS_WORDS = {
    BreakStatus.OPEN: ("Open", "wait"),
    BreakStatus.PROPOSED: ("Waits for a second person", "wait"),
    BreakStatus.APPROVED: ("Approved", "good"),
    BreakStatus.REPAIRED: ("Repaired", "good"),
    BreakStatus.EXPLAINED: ("Explained", "good"),
    BreakStatus.HEALED: ("Healed by itself", "good"),
}
_UNANSWERED = (BreakStatus.PROPOSED, BreakStatus.OPEN)
_ANSWERED = (BreakStatus.REPAIRED, BreakStatus.EXPLAINED, BreakStatus.HEALED)
_FILE_TROUBLE = {
    "expired": "The page was open for too long. Please send the file again.",
    "statement_too_large": "The file is larger than a statement is: 20 MB at most.",
}
_TONES = {Severity.HIGH: "harm", Severity.MEDIUM: "wait", Severity.LOW: ""}


@dataclass(frozen=True)
class PlaceLine:
    """One place of one currency, three ways."""

    place: str
    journal: str
    stated: str
    told: str
    difference: str
    differs: bool
    open_items: str


@dataclass(frozen=True)
class CurrencySides:
    """All places in one currency."""

    currency: str
    places: list[PlaceLine]
    suspense: str


@dataclass(frozen=True)
class BreakLine:
    """A difference in a list."""

    address: str
    kind: str
    reason: str
    differences: str
    age: str
    owner: str
    status: str
    status_tone: str
    severity: str
    tone: str


class ReconciliationState(PageState, rx.State):
    """The sides, and the differences that somebody has to answer for."""

    last_run: str = ""
    sources: list[str] = []
    currencies: list[CurrencySides] = []
    breaks: list[BreakLine] = []
    answered: bool = False

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show them, and what became of a bank's file that has just been sent."""
        async with opening(self):
            await self._fill()
            query = self.router.url.query_parameters
            seal = read_cookie(self.router.headers.cookie, FORM_SEAL)
            self.trouble = statement_trouble(query, token_for(seal))
            self.notice = statement_words(query)

    @allowed(Audience.STAFF)
    async def compare(self) -> None:
        """Fetch what the vendors have to tell, and compare all sides, now instead of tonight."""
        async with acting(self):
            await ask(self, ImportProcessorTransactions)
            compared = await ask(self, Reconcile)
            await self._fill()
            self.notice = compared_words(compared)

    @allowed(Audience.STAFF)
    async def show_answered(self, answered: bool) -> None:  # noqa: FBT001 - a checkbox sends it
        """Show what was answered for instead of what is open."""
        async with acting(self):
            self.answered = bool(answered)
            await self._fill()

    async def _fill(self) -> None:
        actor = await actor_of(self)
        zone = await zone_here(self)
        view = await ask(self, ViewReconciliation)
        self.last_run = moment(view.last_run_at, zone) if view.last_run_at is not None else ""
        self.sources = [_source_words(one, zone) for one in view.sources]
        self.currencies = [
            CurrencySides(
                currency=one.currency,
                places=[place_line(place) for place in one.places],
                suspense=amount(one.suspense) if one.suspense else "",
            )
            for one in view.currencies
        ]
        rows: list[BreakRow] = []
        for status in _ANSWERED if self.answered else _UNANSWERED:
            page = await ask(self, ListBreaks, wanted=BreakFilter(status=status), limit=50)
            rows += page.items
        self.breaks = [break_line(row, actor) for row in rows]


def place_line(place: PlaceView) -> PlaceLine:
    """What each side says is there."""
    ours, theirs = place.ours_unmatched, place.theirs_unmatched
    return PlaceLine(
        place=SOURCE_WORDS[place.source],
        journal=amount(place.journal),
        stated=amount(place.stated) if place.stated is not None else "Not told",
        told=amount(place.told),
        difference=amount(place.difference) if place.was_told else "Not compared",
        differs=bool(place.difference) and place.was_told,
        open_items=f"{ours.count} of ours, {theirs.count} of theirs",
    )


def compared_words(compared: Reconciled) -> str:
    """What a comparison brought."""
    found = {0: "No new difference", 1: "One new difference"}.get(
        compared.found, f"{compared.found} new differences"
    )
    return f"Compared: {compared.matched} matched. {found}, {compared.healed} healed."


def statement_words(query: Mapping[str, str]) -> str:
    """What was new in a bank's file, where one has just been taken in."""
    new, known = query.get("new", ""), query.get("known", "")
    if not (new.isdigit() and known.isdigit()):
        return ""
    gap = "" if query.get("gaps") == "0" else " Its closing balance is not the sum of its lines."
    return f"The statement was taken in. New lines: {new}. Known before: {known}.{gap}"


def statement_trouble(query: Mapping[str, str], token: str) -> str:
    """Why a bank's file was not taken in. Words that did not come from us are not shown."""
    problem = query.get("problem", "")
    if not problem or (query.get("mark") and query["mark"] == mark_of(token, problem)):
        return problem
    return _FILE_TROUBLE.get(problem, "The statement was not taken in. Please try again.")


def break_line(row: BreakRow, actor: Actor) -> BreakLine:
    """A difference: what, how long, whose turn."""
    status, status_tone = STATUS_WORDS[row.status]
    return BreakLine(
        address=f"{ROUTE}/{to_wire('break', row.break_id)}",
        kind=KIND_WORDS[row.kind],
        reason=row.reason,
        differences=difference_words(row.differences),
        age=age_words(row.age),
        owner=owner_words(row, actor),
        status=status,
        status_tone=status_tone,
        severity=row.severity.value.capitalize(),
        tone=_TONES[row.severity],
    )


def difference_words(differences: tuple[DifferenceView, ...]) -> str:
    """What theirs is more than ours, place by place."""
    return ", ".join(
        f"{SOURCE_WORDS[one.source]} {signed_amount(one.amount)}" for one in differences
    )


def signed_amount(money: Money) -> str:
    """An amount with its sign, which no line break parts from it."""
    return (
        f"{'+' if money.minor > 0 else _MINUS}{amount(money if money.minor > 0 else -money)}"
        if money
        else amount(money)
    )


def owner_words(row: BreakRow, actor: Actor) -> str:
    """Whose it is."""
    if row.owner_id is None:
        return f"Nobody yet, of {row.owner_role.value}"
    return "You" if row.owner_id == actor.user_id else "A colleague"


def age_words(age: timedelta) -> str:
    """How long it has been known."""
    return f"Known for {span(age)}"


def _source_words(source: SourceView, zone: str) -> str:
    return (
        f"{SOURCE_WORDS[source.source]}: read {moment(source.read_at, zone)}, "
        f"complete until {moment(source.covers_until, zone)}"
    )
