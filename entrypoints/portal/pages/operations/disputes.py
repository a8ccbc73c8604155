"""
What cardholders' banks want back: the most urgent first.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from application.payments.dispute_queries import DisputeView, ListDisputes, ListUndecidedDisputes
from application.shared.access import Actor
from application.shared.pages import Page
from domain.payments.dispute import DisputeStatus
from domain.shared.ids import to_wire
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import button, empty, has, page_head, stack, table, tag
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    follow,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, moment, span

ROUTE = "/operations/disputes"

STATUS_WORDS = {
    DisputeStatus.NEEDS_RESPONSE: ("Waits for our evidence", "wait"),
    DisputeStatus.UNDER_REVIEW: ("With the bank", ""),
    DisputeStatus.WON: ("Won", "good"),
    DisputeStatus.LOST: ("Lost", "harm"),
    DisputeStatus.WITHDRAWN: ("Let drop by the bank", "good"),
}
_URGENT_DAYS = 3


@dataclass(frozen=True)
class DisputeLine:
    """A dispute in a list."""

    address: str
    reason: str
    status: str
    tone: str
    due: str
    left: str
    left_tone: str
    owner: str
    sum: str


class DisputesState(PageState, rx.State):
    """Those that are undecided by their time limit, or all of them."""

    disputes: list[DisputeLine] = []
    every: bool = False
    has_more: bool = False

    _cursor: str | None = None

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show them, and follow every change."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def show_every(self, every: bool) -> None:  # noqa: FBT001 - a checkbox sends it
        """Show decided ones as well."""
        async with acting(self):
            self.every = bool(every)
            await self._fill()

    @allowed(Audience.STAFF)
    async def more(self) -> None:
        """Show the next ones."""
        async with acting(self):
            earlier = self.disputes
            await self._read(self._cursor)
            self.disputes = [*earlier, *self.disputes]

    async def _fill(self) -> None:
        follow(self)
        await self._read(None)

    async def _read(self, cursor: str | None) -> None:
        actor, zone = await actor_of(self), await zone_here(self)
        use_case = ListDisputes if self.every else ListUndecidedDisputes
        page: Page[DisputeView] = await ask(self, use_case, limit=30, cursor=cursor)
        now = datetime.now(UTC)
        self.disputes = [dispute_line(one, actor, zone, now) for one in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None


def dispute_line(one: DisputeView, actor: Actor, zone: str, now: datetime) -> DisputeLine:
    """A dispute, to read."""
    status, tone = STATUS_WORDS[one.status]
    left, left_tone = time_left(one, now)
    return DisputeLine(
        address=f"{ROUTE}/{to_wire('dispute', one.dispute_id)}",
        reason=reason_words(one),
        status=status,
        tone=tone,
        due=moment(one.evidence_due_at, zone) if one.evidence_due_at is not None else "No limit",
        left=left,
        left_tone=left_tone,
        owner=owner_words(one, actor),
        sum=amount(one.amount),
    )


def time_left(one: DisputeView, now: datetime) -> tuple[str, str]:
    """How long there is to answer, and how it looks; nothing when it is not our turn."""
    if one.status is not DisputeStatus.NEEDS_RESPONSE or one.evidence_due_at is None:
        return "", ""
    if one.evidence_due_at <= now:
        return "Too late", "harm"
    left = one.evidence_due_at - now
    return f"{span(left)} left", "harm" if left.days < _URGENT_DAYS else "wait"


def reason_words(one: DisputeView) -> str:
    """What the cardholder says."""
    words = one.reason.replace("_", " ").capitalize()
    return f"{words} (the bank only asks)" if one.inquiry else words


def owner_words(one: DisputeView, actor: Actor) -> str:
    """Who answers it."""
    if one.owner_id is None:
        return "Nobody yet"
    return "You" if one.owner_id == actor.user_id else "A colleague"


def page() -> rx.Component:
    """A table by time limit."""
    return operations_frame(
        phased(
            DisputesState,
            stack(
                page_head(
                    "Disputes",
                    "What cardholders' banks want back, the most urgent first.",
                    back=("Payments", "/operations/payments"),
                ),
                notices(DisputesState),
                rx.el.label(
                    rx.el.input(
                        type="checkbox",
                        id="every",
                        checked=DisputesState.every,
                        on_change=DisputesState.show_every,
                    ),
                    rx.el.span("Decided ones as well, the newest first"),
                    class_name="row",
                    html_for="every",
                ),
                rx.cond(
                    has(DisputesState.disputes),
                    table(
                        "Disputes",
                        ("What they say", "Status", "Evidence until", "Time", "Owner", "Amount"),
                        rx.foreach(DisputesState.disputes, _line),
                        amounts=1,
                    ),
                    empty("No dispute waits", "No bank wants anything back at the moment."),
                ),
                rx.cond(DisputesState.has_more, rx.el.div(button("Show more", DisputesState.more))),
                class_name="wide",
            ),
        ),
        here="/operations/payments",
    )


def _line(one: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(link(one.reason, one.address)),
        rx.el.td(tag(one.status, tone=one.tone)),
        rx.el.td(one.due, class_name="number"),
        rx.el.td(rx.cond(one.left != "", tag(one.left, tone=one.left_tone))),
        rx.el.td(one.owner),
        rx.el.td(one.sum, class_name="amount"),
    )
