"""
One dispute: its time limit and owner, the evidence, and what happened so far.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import reflex as rx

from application.payments.dispute_queries import (
    DisputeChange,
    DisputeView,
    ViewDispute,
    ViewDisputeHistory,
)
from application.payments.disputes import AssignDispute, SubmitEvidence
from application.payments.evidence import DraftEvidence
from application.payments.review import EndDisputeReview
from domain.payments.dispute import DisputeStatus
from domain.payments.evidence import Evidence, UnfitEvidence
from domain.shared.ids import to_wire
from entrypoints.portal.pages.operations.disputes import (
    STATUS_WORDS,
    owner_words,
    reason_words,
    time_left,
)
from entrypoints.portal.pages.operations.payment import review_words, shares_in_words
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    follow,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, moment, moment_with_zone

ROUTE = "/operations/disputes/[dispute_id]"

_HISTORY_WORDS = {
    "DisputeOpened": "The bank opened it",
    "DisputeAnswered": "Our evidence was sent",
    "DisputeWon": "The bank decided for us",
    "DisputeLost": "The bank decided against us",
    "DisputeWithdrawn": "The bank let it drop",
    "DisputeNeedsReview": "Something did not fit, and was left to a person",
    "DisputeDeadlineNear": "A reminder of the time limit was sent",
}


@dataclass(frozen=True)
class Happening:
    """Something that happened."""

    when: str
    what: str


class DisputeState(PageState, rx.State):
    """A dispute, and what may be done about it now."""

    reason: str = ""
    reference: str = ""
    payment: str = ""
    status: str = ""
    tone: str = ""
    due: str = ""
    sum: str = ""
    away: str = ""
    owner: str = ""
    review: str = ""
    shares: list[str] = []
    history: list[Happening] = []
    is_open: bool = False
    is_mine: bool = False
    takes_evidence: bool = False
    explanation: str = ""
    service_on: str = ""
    documents: list[str] = []
    deeds: int = 0

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def take(self) -> None:
        """Take it on."""
        async with acting(self):
            await ask(self, AssignDispute, dispute_id=self._id())
            await self._done("It is yours now. You are reminded before the time limit.")

    @allowed(Audience.STAFF)
    async def submit(self, form: dict[str, Any]) -> None:
        """Send the evidence; the bank decides from then on."""
        async with acting(self):
            await ask(
                self,
                SubmitEvidence,
                dispute_id=self._id(),
                evidence=Evidence(
                    explanation=str(form.get("explanation", "")),
                    service_on=_day(str(form.get("service_on", ""))),
                ),
            )
            await self._done("The evidence is with the bank.")

    @allowed(Audience.STAFF)
    async def end_review(self, form: dict[str, Any]) -> None:
        """Say what was found."""
        async with acting(self):
            await ask(self, EndDisputeReview, dispute_id=self._id(), note=str(form.get("note", "")))
            await self._done("Noted. There is nothing left to look into.")

    def _id(self) -> Any:
        return id_in_address(self, "dispute")

    async def _done(self, words: str) -> None:
        await self._fill()
        self.deeds += 1
        self.notice = words

    async def _fill(self) -> None:
        zone = await zone_here(self)
        view: DisputeView = await ask(self, ViewDispute, dispute_id=self._id())
        follow(self, view.consultation_id)
        self._describe(view, zone)
        actor = await actor_of(self)
        self.owner = owner_words(view, actor)
        self.is_mine = view.owner_id is not None and view.owner_id == actor.user_id
        changes = await ask(self, ViewDisputeHistory, dispute_id=self._id())
        self.history = [
            Happening(when=moment(each.at, zone), what=change_words(each)) for each in changes
        ]
        if self.takes_evidence:
            self._show(await ask(self, DraftEvidence, dispute_id=self._id()))

    def _describe(self, view: DisputeView, zone: str) -> None:
        now = datetime.now(UTC)
        self.reason, self.reference = reason_words(view), view.reference
        self.payment = to_wire("consultation", view.consultation_id)
        self.status, self.tone = STATUS_WORDS[view.status]
        left, _ = time_left(view, now)
        limit = view.evidence_due_at
        self.due = f"{moment_with_zone(limit, zone)}. {left}" if limit is not None else "None"
        self.sum, self.away = amount(view.amount), amount(view.away)
        self.review = review_words(view.review)
        self.shares = [] if view.shares is None else shares_in_words(view.shares)
        if view.beyond:
            self.shares = [*self.shares, f"Borne by us beyond the payment: {amount(view.beyond)}"]
        self.takes_evidence = view.status is DisputeStatus.NEEDS_RESPONSE and (
            limit is None or now < limit
        )
        self.is_open = view.status in (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW)

    def _show(self, draft: Evidence) -> None:
        self.explanation, self.service_on = draft.explanation, draft.service_on or ""
        parts = (draft.product, draft.receipt, draft.refund_policy, draft.activity)
        self.documents = [part for part in parts if part]


def change_words(change: DisputeChange) -> str:
    """What happened, in a sentence."""
    if change.amount is None:
        return _HISTORY_WORDS.get(change.kind, change.kind)
    taken = change.amount.minor < 0
    moved = amount(-change.amount if taken else change.amount)
    words = f"The processor took {moved}" if taken else f"The processor gave back {moved}"
    return f"{words}, and a fee of {amount(change.fee)}" if change.fee else words


def _day(written: str) -> str | None:
    if not written.strip():
        return None
    try:
        return date.fromisoformat(written.strip()).isoformat()
    except ValueError:
        raise UnfitEvidence("Write a day such as 2026-03-31.", field="service_on") from None
