"""
Payouts: what two people have to agree to, what somebody has to look into, what is held.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from application.ledger.hold_queries import HoldView, ListHolds
from application.ledger.holds import PlaceHold, ReleaseHold
from application.payouts.approval import ApprovePayout, DeclinePayout, ResumePayout
from application.payouts.queries import ListPayouts, PayoutView
from application.physicians.search import MOST_FOUND, FindPhysicians, FoundPhysician
from domain.ledger.hold import HoldCategory
from domain.shared.errors import InvalidInput
from domain.shared.ids import HoldId, PayoutId, PhysicianId, from_wire, to_wire
from entrypoints.portal.pages.physician.amounts import read_money
from entrypoints.portal.pages.physician.payout_words import FAILURE_WORDS
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, follow, opening, zone_here
from entrypoints.portal.words import amount, moment, short, zone_of

ROUTE = "/operations/payouts"

FINDING_WORDS = {
    "too_old_to_resend": "Nobody knows whether the partner has it, and it is too late to ask.",
    "amount_differs": "The partner has another amount than we asked for.",
    "transfer_not_expected": "The partner has a transfer that we believed refused.",
    "paid_after_failure": "The partner says paid, after it had said failed.",
    "failed_alike_3_times": "Refused three times for the same reason.",
    "account_restricted": "The partner has paused the physician's account since the request.",
    "account_action_required": "The partner wants something of the physician since the request.",
}
CATEGORY_WORDS = {
    HoldCategory.UNUSUAL_ACTIVITY: "Unusual activity",
    HoldCategory.PATIENT_COMPLAINT: "A patient's complaint",
    HoldCategory.EXPECTED_DISPUTE: "A dispute is expected",
    HoldCategory.IDENTITY_QUESTION: "A question of identity",
    HoldCategory.LEGAL_ORDER: "A legal order",
}


class UnfitDate(InvalidInput):
    """Not a day."""


@dataclass(frozen=True)
class Decision:
    """
    A payout that waits for people.

    Args:
        agreed: Who has said yes, when, and what they checked.
        wants: How many more have to.
    """

    key: str
    sum: str
    whose: str
    asked: str
    why: str
    agreed: list[str]
    wants: str


@dataclass(frozen=True)
class PayoutLine:
    """A payout, in the list of all."""

    key: str
    whose: str
    reference: str
    when: str
    status: str
    finding: str
    tries: str
    sum: str


@dataclass(frozen=True)
class HeldLine:
    """What is held for review."""

    key: str
    whose: str
    why: str
    since: str
    until: str
    sum: str


@dataclass(frozen=True)
class Choice:
    """A physician to choose, told apart from others of the same name."""

    key: str
    words: str


class PayoutsState(PageState, rx.State):
    """Decisions first, then holds, then everything."""

    approvals: list[Decision] = []
    reviews: list[Decision] = []
    held: list[HeldLine] = []
    whose: str = ""
    found: list[Choice] = []
    found_words: str = ""
    payouts: list[PayoutLine] = []
    has_more: bool = False
    deeds: int = 0

    _cursor: str | None = None
    _again: tuple[Callable[..., Any], dict[str, Any], str] | None = None

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show them, and follow every change."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def approve(self, form: dict[str, Any]) -> None:
        """Agree to a large one."""
        async with acting(self):
            note = str(form.get("note", "")).strip() or None
            await self._decide(ApprovePayout, "It is on its way.", **_payout(form), note=note)

    @allowed(Audience.STAFF)
    async def decline(self, form: dict[str, Any]) -> None:
        """Say no to a large one."""
        async with acting(self):
            reason = str(form.get("reason", ""))
            done = "Declined. The money is back in the wallet, and the physician is told."
            await self._decide(DeclinePayout, done, **_payout(form), reason=reason)

    @allowed(Audience.STAFF)
    async def resume(self, form: dict[str, Any]) -> None:
        """Let one go on that people have looked into."""
        async with acting(self):
            reason = str(form.get("reason", ""))
            await self._decide(ResumePayout, "The payout goes on.", **_payout(form), reason=reason)

    @allowed(Audience.STAFF)
    async def find(self, form: dict[str, Any]) -> None:
        """Look for the physician of whose wallet a part is to be held."""
        async with acting(self):
            self._forget_found()
            self.whose = str(form.get("whose", ""))[:200]
            found = await ask(self, FindPhysicians, written=self.whose)
            self.found = [choice(one) for one in found]
            self.found_words = how_many(len(found))

    @allowed(Audience.STAFF)
    async def hold(self, form: dict[str, Any]) -> None:
        """Set part of a wallet aside."""
        async with acting(self):
            written = str(form.get("until", ""))
            until = end_of_day(written, zone_of(await zone_here(self)))
            physician_id = from_wire("physician", str(form.get("physician", "")).strip())
            await self._decide(
                PlaceHold,
                "It is held. The physician sees why and until when.",
                physician_id=PhysicianId(physician_id),
                amount=read_money(str(form.get("amount", "")), str(form.get("currency", ""))),
                category=HoldCategory(str(form.get("category", ""))),
                review_until=until,
                reason=str(form.get("reason", "")),
            )

    @allowed(Audience.STAFF)
    async def release(self, form: dict[str, Any]) -> None:
        """Give back what is held, before its day."""
        async with acting(self):
            hold_id = HoldId(from_wire("hold", str(form.get("hold", ""))))
            reason = str(form.get("reason", ""))
            done = "It is given back."
            await self._decide(ReleaseHold, done, hold_id=hold_id, reason=reason)

    @allowed(Audience.STAFF)
    async def more(self) -> None:
        """Show earlier payouts."""
        async with acting(self):
            await self._list(older=True)

    async def _decide(self, use_case: Callable[..., Any], done: str, **arguments: Any) -> None:
        self._again = (use_case, arguments, done)
        missing = await ask(self, use_case, **arguments)
        self._again = None
        await self._fill()
        self._forget_found()
        self.deeds += 1
        needs_another = isinstance(missing, int) and missing > 0
        self.notice = "Your yes is noted. A second person has to agree." if needs_another else done

    def _forget_found(self) -> None:
        self.whose, self.found, self.found_words = "", [], ""

    async def _go_on(self) -> None:
        if self._again is not None:
            use_case, arguments, done = self._again
            await self._decide(use_case, done, **arguments)

    async def _fill(self) -> None:
        follow(self)
        zone = await zone_here(self)
        waiting = await ask(self, ListPayouts, needs_approval=True, limit=30)
        self.approvals = [decision(one, zone) for one in waiting.items]
        looked_into = await ask(self, ListPayouts, needs_review=True, limit=30)
        self.reviews = [decision(one, zone) for one in looked_into.items]
        holds = await ask(self, ListHolds, limit=50)
        self.held = [held_line(one, zone) for one in holds.items]
        await self._list(older=False)

    async def _list(self, *, older: bool) -> None:
        zone = await zone_here(self)
        page = await ask(self, ListPayouts, limit=30, cursor=self._cursor if older else None)
        lines = [payout_line(one, zone) for one in page.items]
        self.payouts = [*self.payouts, *lines] if older else lines
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None


def decision(one: PayoutView, zone: str) -> Decision:
    """A payout that waits for people, to read."""
    missing = one.signatures_missing
    return Decision(
        key=to_wire("payout", one.payout_id),
        sum=amount(one.amount),
        whose=one.physician_name,
        asked=f"Asked for {'by schedule ' if one.scheduled else ''}{moment(one.requested_at, zone)}",
        why="Above the limit." if one.review is None else finding_words(one.review),
        agreed=[
            f"{each.name or 'Somebody'} agreed {moment(each.at, zone)}"
            + (f": {each.note}" if each.note else "")
            for each in one.signatures
        ],
        wants="One person has to agree" if missing == 1 else f"{missing} people have to agree",
    )


def finding_words(code: str) -> str:
    """What somebody has to look into, in words."""
    by_failure = {failure.value: words for failure, words in FAILURE_WORDS.items()}
    known = FINDING_WORDS.get(code) or by_failure.get(code)
    return known or f"{code.replace('_', ' ').capitalize()}."


def payout_line(one: PayoutView, zone: str) -> PayoutLine:
    """A payout, to read."""
    failure = one.failure.value if one.failure is not None else ""
    code = one.review or failure
    return PayoutLine(
        key=to_wire("payout", one.payout_id),
        whose=one.physician_name,
        reference=one.reference or "Not sent yet",
        when=moment(one.requested_at, zone),
        status=one.status.value.replace("_", " ").capitalize(),
        finding=finding_words(code) if code else "",
        tries=str(one.attempts),
        sum=amount(one.amount),
    )


def held_line(one: HoldView, zone: str) -> HeldLine:
    """What is held, to read."""
    return HeldLine(
        key=to_wire("hold", one.hold_id),
        whose=one.physician_name,
        why=CATEGORY_WORDS[one.category],
        since=moment(one.placed_at, zone),
        until=moment(one.review_until, zone),
        sum=amount(one.amount),
    )


def choice(one: FoundPhysician) -> Choice:
    """A physician, to choose."""
    key = to_wire("physician", one.physician_id)
    status = one.status.value.replace("_", " ")
    return Choice(key=key, words=f"{one.name}, {status} ({short(key)})")


def how_many(found: int) -> str:
    """What a search for a physician came to."""
    if found == 0:
        return "Nobody is called so. Write less of the name, or the reference."
    if found == MOST_FOUND:
        return f"The first {found}. Write more of the name to see others."
    return "Found one." if found == 1 else f"Found {found}. Choose whose wallet it is."


def end_of_day(written: str, zone: ZoneInfo) -> datetime:
    """
    When a day that was written as `2026-11-30` is over.

    Raises:
        UnfitDate: It is no day.
    """
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise UnfitDate("Choose until which day.", field="until") from None
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _payout(form: dict[str, Any]) -> dict[str, PayoutId]:
    return {"payout_id": PayoutId(from_wire("payout", str(form.get("payout", ""))))}
