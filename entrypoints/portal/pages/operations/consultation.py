"""
The life of one consultation for staff: every event, what it set off, and how that went.

Identifiers and codes only: what the patient wrote is not for operations.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from application.consultations.cancellation import CancelConsultation
from application.consultations.queries import ViewTimeline
from application.consultations.views import TimelineEntry, TimelineReaction
from application.payments.queries import PaymentView, ViewPayment
from application.workflow.dead_letters import ReviveReaction
from domain.consultations.outcome import CancellationReason
from domain.payments.payment import PaymentNotFound
from domain.shared.ids import EventId, to_wire
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    follow,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, moment

ROUTE = "/operations/consultations/[consultation_id]"

_REACTION_WORDS = {
    "pending": ("Waits", "wait"),
    "running": ("Running", "wait"),
    "done": ("Done", "good"),
    "dead": ("Given up", "harm"),
}


@dataclass(frozen=True)
class Effect:
    """A reaction, and how it went."""

    key: str
    name: str
    words: str
    tone: str
    detail: str
    dead: bool


@dataclass(frozen=True)
class Entry:
    """An event."""

    number: int
    name: str
    when: str
    facts: list[str]
    effects: list[Effect]


class TimelineState(PageState, rx.State):
    """Events, reactions and the payment."""

    reference: str = ""
    trail: str = ""
    entries: list[Entry] = []
    has_more: bool = False
    payment: str = ""
    payment_status: str = ""
    refunds: list[str] = []

    _cursor: str | None = None

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def more(self) -> None:
        """Show what came later."""
        async with acting(self):
            page = await ask(self, ViewTimeline, consultation_id=self._id(), cursor=self._cursor)
            zone = await zone_here(self)
            self.entries = [*self.entries, *(entry_of(one, zone) for one in page.items)]
            self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None

    @allowed(Audience.STAFF)
    async def retry(self, key: str) -> None:
        """Queue a reaction that was given up again."""
        async with acting(self):
            event_id, _, name = str(key).partition("/")
            await ask(self, ReviveReaction, event_id=EventId(UUID(event_id)), name=name)
            await self._fill()
            self.notice = "It is queued again."

    @allowed(Audience.STAFF)
    async def cancel(self) -> None:
        """Call the consultation off; the patient gets everything back."""
        async with acting(self):
            await ask(
                self,
                CancelConsultation,
                consultation_id=self._id(),
                reason=CancellationReason.PLATFORM,
            )
            await self._fill()
            self.notice = "The consultation is cancelled."

    def _id(self) -> Any:
        return id_in_address(self, "consultation")

    async def _fill(self) -> None:
        consultation_id = self._id()
        follow(self, consultation_id)
        zone = await zone_here(self)
        self.reference = to_wire("consultation", consultation_id)
        self.trail = f"/operations/money/{self.reference}"
        page = await ask(self, ViewTimeline, consultation_id=consultation_id)
        self.entries = [entry_of(one, zone) for one in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
        try:
            payment = await ask(self, ViewPayment, consultation_id=consultation_id)
        except PaymentNotFound:
            self.payment = ""
            return
        self._describe(payment, zone)

    def _describe(self, payment: PaymentView, zone: str) -> None:
        self.payment = amount(payment.amount)
        self.payment_status = payment.status.value.replace("_", " ").capitalize()
        self.refunds = [
            f"{amount(one.amount)}, {one.status.value}, {moment(one.requested_at, zone)}"
            for one in payment.refunds
        ]


def entry_of(one: TimelineEntry, zone: str) -> Entry:
    """An event, to read."""
    return Entry(
        number=one.sequence,
        name=spaced(one.type),
        when=moment(one.occurred_at, zone),
        facts=[f"{name.replace('_', ' ')}: {value}" for name, value in one.facts.items()],
        effects=[_effect(one, reaction) for reaction in one.reactions],
    )


def _effect(event: TimelineEntry, reaction: TimelineReaction) -> Effect:
    words, tone = _REACTION_WORDS.get(reaction.status, (reaction.status, ""))
    tries = f"{reaction.attempts} tries" if reaction.attempts > 1 else ""
    return Effect(
        key=f"{event.event_id}/{reaction.name}",
        name=spaced(reaction.name),
        words=words,
        tone=tone,
        detail=", ".join(part for part in (tries, reaction.last_error or "") if part),
        dead=reaction.status == "dead",
    )


def spaced(name: str) -> str:
    """`PaymentCaptured` is `Payment captured`."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return words.strip().capitalize()
