"""
One difference: its items on both sides, the entry that would close it, and who approves.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.reconciliation.answers import (
    ApproveRepair,
    AssignBreak,
    ExplainBreak,
    ProposeRepair,
    RejectRepair,
)
from application.reconciliation.queries import ViewBreak
from application.reconciliation.views import BreakView, ItemView, RepairView
from application.shared.access import Actor
from domain.reconciliation.breaks import BreakStatus
from domain.reconciliation.items import Whose
from domain.reconciliation.repairs import RepairRule
from domain.shared.errors import InvalidInput
from domain.shared.ids import to_wire
from entrypoints.portal.pages.operations.reconciliation import (
    KIND_WORDS,
    SOURCE_WORDS,
    STATUS_WORDS,
    age_words,
    difference_words,
    owner_words,
)
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, moment, short

ROUTE = "/operations/reconciliation/[break_id]"

RULE_WORDS = {
    RepairRule.SETTLEMENT: "Book the settlement as it arrived, and its fees",
    RepairRule.FUNDING: "Book what our bank sent to the payout partner",
    RepairRule.FEE: "Book the difference as a fee",
    RepairRule.EXCHANGE: "Book the difference as exchange",
    RepairRule.SUSPENSE: "Book it to suspense until it is explained",
}


class UnknownRepair(InvalidInput):
    """Not one of the repairs that are offered."""


@dataclass(frozen=True)
class ItemLine:
    """An item of one side."""

    side: str
    what: str
    when: str
    reference: str
    matched: str
    sum: str


@dataclass(frozen=True)
class PostingLine:
    """A posting of an entry that is not posted yet."""

    debit: str
    credit: str
    sum: str


@dataclass(frozen=True)
class Repair:
    """An entry that would close the difference."""

    rule: str
    words: str
    postings: list[PostingLine]
    note: str
    by: str


_NO_REPAIR = Repair("", "", [], "", "")


class DifferenceState(PageState, rx.State):
    """A difference, and what may be done about it now."""

    kind: str = ""
    reason: str = ""
    differences: str = ""
    facts: list[str] = []
    status: str = ""
    tone: str = ""
    items: list[ItemLine] = []
    suggestion: Repair = _NO_REPAIR
    proposal: Repair = _NO_REPAIR
    is_open: bool = False
    is_proposed: bool = False
    is_mine: bool = False
    is_own_proposal: bool = False
    ending: str = ""
    deeds: int = 0

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def take(self) -> None:
        """Take it on."""
        async with acting(self):
            actor = await actor_of(self)
            await ask(self, AssignBreak, break_id=self._id(), user_id=actor.user_id)
            await self._done("It is yours now.")

    @allowed(Audience.STAFF)
    async def propose(self, form: dict[str, Any]) -> None:
        """Offer the entry that closes it."""
        async with acting(self):
            await ask(
                self,
                ProposeRepair,
                break_id=self._id(),
                rule=_rule(str(form.get("rule", ""))),
                note=str(form.get("note", "")),
            )
            await self._done("Proposed. A second person has to approve it; nothing is posted yet.")

    @allowed(Audience.STAFF)
    async def approve(self) -> None:
        """As a second person, have the entry posted."""
        async with acting(self):
            entry_id = await ask(self, ApproveRepair, break_id=self._id())
            await self._done(f"Posted as {short(to_wire('journal_entry', entry_id))}.")

    @allowed(Audience.STAFF)
    async def reject(self, form: dict[str, Any]) -> None:
        """Decline the entry, or take one's own back."""
        async with acting(self):
            await ask(
                self, RejectRepair, break_id=self._id(), reason=str(form.get("reason", "")).strip()
            )
            await self._done("Declined. The difference is open again.")

    @allowed(Audience.STAFF)
    async def explain(self, form: dict[str, Any]) -> None:
        """Say why it may stay."""
        async with acting(self):
            await ask(
                self,
                ExplainBreak,
                break_id=self._id(),
                explanation=str(form.get("explanation", "")),
            )
            await self._done("Explained. It comes back if its facts change.")

    def _id(self) -> Any:
        return id_in_address(self, "break")

    async def _done(self, words: str) -> None:
        await self._fill()
        self.deeds += 1
        self.notice = words

    async def _fill(self) -> None:
        actor = await actor_of(self)
        zone = await zone_here(self)
        view = await ask(self, ViewBreak, break_id=self._id())
        row = view.row
        self.kind, self.reason = KIND_WORDS[row.kind], row.reason
        self.differences = difference_words(row.differences)
        self.status, self.tone = STATUS_WORDS[row.status]
        self.facts = [
            age_words(row.age),
            f"First seen {moment(row.first_seen_at, zone)}",
            f"Last seen {moment(row.last_seen_at, zone)}",
            f"Whose: {owner_words(row, actor)}",
        ]
        self.items = [_item(item, zone) for item in view.items]
        self.suggestion = _repair(view.suggestion, actor, zone)
        self.proposal = _repair(view.proposal, actor, zone)
        self.is_open = row.status is BreakStatus.OPEN
        self.is_proposed = row.status is BreakStatus.PROPOSED
        self.is_mine = row.owner_id is not None and row.owner_id == actor.user_id
        self.is_own_proposal = (
            view.proposal is not None and view.proposal.proposed_by == actor.user_id
        )
        self.ending = ending_words(view, zone)


def ending_words(view: BreakView, zone: str) -> str:
    """How it ended; empty while it has not."""
    when = f" {moment(view.ended_at, zone)}" if view.ended_at is not None else ""
    if view.entry_id is not None:
        return f"Repaired{when} by the entry {short(to_wire('journal_entry', view.entry_id))}."
    if view.explanation is not None:
        return f"Explained{when}: {view.explanation}"
    return f"Healed{when}: it was not found again." if view.ended_at is not None else ""


def _rule(written: str) -> RepairRule:
    try:
        return RepairRule(written)
    except ValueError:
        raise UnknownRepair("Choose one of the repairs.", field="rule") from None


def _item(item: ItemView, zone: str) -> ItemLine:
    side = "Our books" if item.whose is Whose.OURS else SOURCE_WORDS[item.source]
    return ItemLine(
        side=side,
        what=item.kind.replace("_", " ").capitalize(),
        when=moment(item.at, zone),
        reference=", ".join(item.references),
        matched=item.explanation or ("Matched" if item.match_id is not None else "No counterpart"),
        sum=amount(item.amount),
    )


def _repair(view: RepairView | None, actor: Actor, zone: str) -> Repair:
    if view is None:
        return _NO_REPAIR
    by = ""
    if view.proposed_at is not None:
        who = "you" if view.proposed_by == actor.user_id else "a colleague"
        by = f"Proposed by {who}, {moment(view.proposed_at, zone)}"
    return Repair(
        rule=view.rule.value,
        words=RULE_WORDS[view.rule],
        postings=[PostingLine(one.debit, one.credit, amount(one.amount)) for one in view.postings],
        note=view.note,
        by=by,
    )
