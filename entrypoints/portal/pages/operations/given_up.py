"""
What the workflow gave up: its cause, how long ago, and another try once that is mended.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from application.workflow.dead_letters import (
    DeadReaction,
    DeadWebhook,
    ListDeadReactions,
    ListDeadWebhooks,
    ReviveReaction,
    ReviveWebhook,
)
from domain.shared.ids import EventId, WebhookId, from_wire, to_wire
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import button, empty, has, page_head, stack, tag
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.consultation import spaced
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, follow, opening
from entrypoints.portal.words import ago, short

ROUTE = "/operations/given-up"

_VENDORS = {
    "stripe": "Card processor",
    "airwallex": "Payout partner",
    "photon": "Mail pharmacy network",
    "fhir_pharmacy": "Pharmacy network",
    "twilio": "Text messages",
}


@dataclass(frozen=True)
class GivenUp:
    """Something that was tried often enough, and where to look at what it belongs to."""

    key: str
    title: str
    detail: str
    cause: str
    age: str
    address: str


class GivenUpState(PageState, rx.State):
    """Reactions of ours, and messages of vendors."""

    reactions: list[GivenUp] = []
    messages: list[GivenUp] = []
    more_reactions: bool = False
    more_messages: bool = False

    _reactions_cursor: str | None = None
    _messages_cursor: str | None = None

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show both, and follow every change."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def retry_reaction(self, key: str) -> None:
        """Try one of ours again."""
        async with acting(self):
            event, _, name = str(key).partition("/")
            await ask(self, ReviveReaction, event_id=EventId(from_wire("event", event)), name=name)
            await self._fill()
            self.notice = "It is queued again. If its cause is not mended, it comes back here."

    @allowed(Audience.STAFF)
    async def retry_message(self, key: str) -> None:
        """Act on a vendor's message again."""
        async with acting(self):
            await ask(self, ReviveWebhook, webhook_id=WebhookId(from_wire("webhook", str(key))))
            await self._fill()
            self.notice = "It is queued again. If its cause is not mended, it comes back here."

    @allowed(Audience.STAFF)
    async def show_more_reactions(self) -> None:
        """Show those that were given up later."""
        async with acting(self):
            page = await ask(self, ListDeadReactions, cursor=self._reactions_cursor)
            now = datetime.now(UTC)
            self.reactions = [*self.reactions, *(reaction_line(one, now) for one in page.items)]
            self._reactions_cursor, self.more_reactions = (
                page.next_cursor,
                page.next_cursor is not None,
            )

    @allowed(Audience.STAFF)
    async def show_more_messages(self) -> None:
        """Show those that were given up later."""
        async with acting(self):
            page = await ask(self, ListDeadWebhooks, cursor=self._messages_cursor)
            now = datetime.now(UTC)
            self.messages = [*self.messages, *(message_line(one, now) for one in page.items)]
            self._messages_cursor, self.more_messages = (
                page.next_cursor,
                page.next_cursor is not None,
            )

    async def _fill(self) -> None:
        follow(self)
        now = datetime.now(UTC)
        reactions = await ask(self, ListDeadReactions)
        self.reactions = [reaction_line(one, now) for one in reactions.items]
        self._reactions_cursor = reactions.next_cursor
        self.more_reactions = reactions.next_cursor is not None
        messages = await ask(self, ListDeadWebhooks)
        self.messages = [message_line(one, now) for one in messages.items]
        self._messages_cursor = messages.next_cursor
        self.more_messages = messages.next_cursor is not None


def reaction_line(one: DeadReaction, now: datetime) -> GivenUp:
    """A reaction of ours: what should have happened, after what."""
    consultation = (
        to_wire("consultation", one.consultation_id) if one.consultation_id is not None else ""
    )
    return GivenUp(
        key=f"{to_wire('event', one.event_id)}/{one.name}",
        title=spaced(one.name.replace(":", ", ")),
        detail=f"After “{spaced(one.event_type)}”"
        + (f" in {short(consultation)}" if consultation else ""),
        cause=cause_words(one.last_error, one.attempts),
        age=f"Given up {ago(one.given_up_at or one.occurred_at, now=now)}",
        address=f"/operations/consultations/{consultation}" if consultation else "",
    )


def message_line(one: DeadWebhook, now: datetime) -> GivenUp:
    """A vendor's message: who sent it, about what."""
    return GivenUp(
        key=to_wire("webhook", one.webhook_id),
        title=f"{_VENDORS.get(one.vendor, spaced(one.vendor))}: {one.kind}",
        detail=f"About {one.reference}" if one.reference else "Names nothing that we could look up",
        cause=cause_words(one.last_error, one.attempts),
        age=f"Given up {ago(one.given_up_at or one.received_at, now=now)}",
        address="",
    )


def cause_words(error: str | None, attempts: int) -> str:
    """What went wrong last, and how often it was tried."""
    words = (error or "unknown cause").replace("_", " ")
    tries = "1 try" if attempts == 1 else f"{attempts} tries"
    return f"{words[:1].upper()}{words[1:]}, {tries}"


def page() -> rx.Component:
    """Ours first, then the vendors'."""
    return operations_frame(
        phased(
            GivenUpState,
            stack(
                page_head(
                    "Given up",
                    "Tried again and again, and left for a person. Mend the cause, then try again.",
                    back=("Work", "/operations"),
                ),
                notices(GivenUpState),
                rx.cond(
                    ~has(GivenUpState.reactions) & ~has(GivenUpState.messages),
                    empty("Nothing was given up", "Every step of the workflow has been done."),
                ),
                _list(
                    "Steps of the workflow",
                    GivenUpState.reactions,
                    GivenUpState.retry_reaction,
                    (GivenUpState.more_reactions, GivenUpState.show_more_reactions),
                ),
                _list(
                    "Messages from vendors",
                    GivenUpState.messages,
                    GivenUpState.retry_message,
                    (GivenUpState.more_messages, GivenUpState.show_more_messages),
                ),
                class_name="wide",
            ),
        ),
        here="/operations",
    )


def _list(title: str, items: Any, retry: Any, more: tuple[Any, Any]) -> rx.Component:
    there_is_more, show = more
    return rx.cond(
        has(items),
        rx.el.section(
            rx.el.h2(title),
            rx.el.ul(rx.foreach(items, lambda one: _line(one, retry)), class_name="list"),
            rx.cond(there_is_more, rx.el.div(button("Show later ones", show))),
            class_name="stack tight",
        ),
    )


def _line(one: Any, retry: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.cond(
                    one.address != "",
                    link(one.title, one.address, class_name="title"),
                    rx.el.span(one.title, class_name="title"),
                ),
                rx.el.span(one.detail, class_name="small-text break-words"),
                rx.el.span(one.age, class_name="small-text"),
                class_name="grow",
            ),
            tag(one.cause, tone="harm"),
            rx.el.button(
                "Try again",
                rx.el.span(f" {one.title}", class_name="hidden"),
                type="button",
                class_name="small",
                disabled=GivenUpState.busy,
                on_click=retry(one.key),
            ),
            class_name="list-item",
        )
    )
