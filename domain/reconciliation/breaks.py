"""
A break is a difference between our books and somebody else's that somebody has to answer for.

    open <──> proposed ──> approved ──> repaired     an entry closes it
     │ │          │
     │ └──────────┴──> explained                     it stays, and a person said why
     └──> healed ──> open                            its counterpart came; or went again

Nobody approves their own repair. A break whose facts change is open again, whatever was said
of it before.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from attrs import define, field, frozen

from domain.identity.role import Role
from domain.ledger.journal import Postings
from domain.reconciliation.events import (
    BreakAssigned,
    BreakExplained,
    BreakFound,
    BreakHealed,
    BreakRepaired,
    RepairProposed,
    RepairRejected,
)
from domain.reconciliation.findings import BreakKind, Finding, Severity, severity_at_age
from domain.reconciliation.items import Place
from domain.reconciliation.repairs import RepairRule, RuleDoesNotFit, postings_of
from domain.shared.errors import Conflict, InvalidInput, NotFound, NotPermitted
from domain.shared.events import Aggregate
from domain.shared.ids import BreakId, JournalEntryId, UserId
from domain.shared.money import Money


class BreakStatus(StrEnum):
    """How far somebody has come with it."""

    OPEN = "open"
    PROPOSED = "proposed"  # a repair waits for a second person
    APPROVED = "approved"
    REPAIRED = "repaired"
    EXPLAINED = "explained"
    HEALED = "healed"


class BreakNotFound(NotFound):
    """No such break."""


class BreakMoved(Conflict):
    """It is not at the stage at which this could be done."""


class OwnRepair(NotPermitted):
    """The one who proposed a repair cannot be the one who approves it."""


class ExplanationTooShort(InvalidInput):
    """Whoever looks at it in a year has to understand."""


_S = BreakStatus
_NEXT = {
    _S.OPEN: {_S.PROPOSED, _S.EXPLAINED, _S.HEALED},
    _S.PROPOSED: {_S.OPEN, _S.APPROVED, _S.EXPLAINED, _S.HEALED},
    _S.APPROVED: {_S.REPAIRED},
    _S.REPAIRED: set(),
    _S.EXPLAINED: {_S.OPEN},
    _S.HEALED: {_S.OPEN},
}
_UNANSWERED = frozenset({_S.OPEN, _S.PROPOSED})
_SHORTEST_EXPLANATION = 10


@frozen(kw_only=True)
class Proposal:
    """An entry that somebody wants to post."""

    rule: RepairRule
    postings: Postings
    note: str
    proposed_by: UserId
    proposed_at: datetime


@define(eq=False, kw_only=True)
class Break(Aggregate):
    """
    One difference, from when it was first seen to its answer.

    Args:
        subject: What it is about, the same for as long as it lasts.
        items: Keys of the items that it is about.
        differences: By place, what theirs is more than ours.
        since: When the first of its items counted; a period that ends before does not care.
        last_seen_at: When it was last found again.
    """

    id: BreakId
    subject: str
    kind: BreakKind
    reason: str
    items: tuple[str, ...]
    differences: dict[Place, Money]
    since: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    status: BreakStatus = BreakStatus.OPEN
    owner_role: Role = field()
    owner_id: UserId | None = None
    proposal: Proposal | None = None
    approved_by: UserId | None = None
    entry_id: JournalEntryId | None = None
    explanation: str | None = None
    explained_by: UserId | None = None
    ended_at: datetime | None = None

    @owner_role.default
    def _of_kind(self) -> Role:
        return self.kind.owner

    @classmethod
    def find(cls, *, id: BreakId, finding: Finding, now: datetime) -> Self:
        """Note a difference that was not there before."""
        found = cls(
            id=id,
            subject=finding.subject,
            kind=finding.kind,
            reason=finding.reason,
            items=tuple(item.key for item in finding.items),
            differences=finding.differences,
            since=min((item.at for item in finding.items), default=now),
            first_seen_at=now,
            last_seen_at=now,
        )
        found.record(BreakFound(break_id=id, kind=finding.kind.value, occurred_at=now))
        return found

    @property
    def is_unanswered(self) -> bool:
        """Whether somebody still has to do something."""
        return self.status in _UNANSWERED

    @property
    def bars_closing(self) -> bool:
        """Whether a period that it belongs to stays open."""
        return self.is_unanswered and not self.kind.is_explained

    def age(self, now: datetime) -> timedelta:
        """How long it has been known."""
        return (self.ended_at or now) - self.first_seen_at

    def severity(self, now: datetime) -> Severity:
        """How soon somebody has to look."""
        return severity_at_age(self.kind, self.age(now))

    def see_again(self, finding: Finding, *, now: datetime) -> None:
        """It is still there, perhaps not as it was."""
        items = tuple(item.key for item in finding.items)
        as_before = (self.kind, self.items, self.differences) == (
            finding.kind,
            items,
            finding.differences,
        )
        self.last_seen_at = now
        self.subject, self.reason = finding.subject, finding.reason
        if as_before and self.status is not _S.HEALED:
            return
        if self.status is not _S.OPEN:
            self._reopen(finding, now)
        if self.kind is not finding.kind:
            self.kind, self.owner_role = finding.kind, finding.kind.owner
        self.items, self.differences = items, finding.differences
        self.since = min((item.at for item in finding.items), default=self.since)

    def assign(self, user_id: UserId, *, now: datetime) -> None:
        """Give it to a person."""
        self._require(self.is_unanswered)
        if self.owner_id != user_id:
            self.owner_id = user_id
            self.record(BreakAssigned(break_id=self.id, user_id=user_id, occurred_at=now))

    def propose(self, rule: RepairRule, *, note: str, by: UserId, now: datetime) -> None:
        """
        Offer an entry that would close it; an earlier offer is replaced.

        Raises:
            RuleDoesNotFit: The rule cannot close it.
        """
        self._require(self.is_unanswered)
        if not self.items:
            raise RuleDoesNotFit("Something was never imported: no entry can stand for it.")
        self.proposal = Proposal(
            rule=rule,
            postings=postings_of(rule, self.differences),
            note=note,
            proposed_by=by,
            proposed_at=now,
        )
        self._move_to(_S.PROPOSED)
        self.record(RepairProposed(break_id=self.id, rule=rule.value, occurred_at=now))

    def approve(self, *, by: UserId) -> Proposal:
        """
        Let the proposed entry be posted.

        Raises:
            OwnRepair: The same person proposed it.
        """
        if self.proposal is None or self.status is not _S.PROPOSED:
            raise BreakMoved("No repair waits for approval.")
        if self.proposal.proposed_by == by:
            raise OwnRepair("Somebody else has to approve a repair that you proposed.")
        self._move_to(_S.APPROVED)
        self.approved_by = by
        return self.proposal

    def finish(self, entry_id: JournalEntryId, *, now: datetime) -> None:
        """The approved entry is in the books."""
        self._move_to(_S.REPAIRED)
        self.entry_id = entry_id
        self.ended_at = now
        self.record(BreakRepaired(break_id=self.id, entry_id=entry_id, occurred_at=now))

    def reject(self, *, now: datetime) -> None:
        """Take the offered entry off the table."""
        self._require(self.status is _S.PROPOSED)
        self._move_to(_S.OPEN)
        self.proposal = None
        self.record(RepairRejected(break_id=self.id, occurred_at=now))

    def explain(self, explanation: str, *, by: UserId, now: datetime) -> None:
        """
        Say why it may stay.

        Raises:
            ExplanationTooShort: That says nothing.
        """
        if len(explanation.strip()) < _SHORTEST_EXPLANATION:
            raise ExplanationTooShort("Say why, in a sentence.", field="explanation")
        self._move_to(_S.EXPLAINED)
        self.explanation, self.explained_by = explanation.strip(), by
        self.proposal = None
        self.ended_at = now
        self.record(BreakExplained(break_id=self.id, occurred_at=now))

    def heal(self, *, now: datetime) -> None:
        """It is gone by itself."""
        self._move_to(_S.HEALED)
        self.proposal = None
        self.ended_at = now
        self.record(BreakHealed(break_id=self.id, occurred_at=now))

    def _reopen(self, finding: Finding, now: datetime) -> None:
        self._move_to(_S.OPEN)
        self.proposal, self.ended_at = None, None
        self.explanation, self.explained_by = None, None
        self.record(BreakFound(break_id=self.id, kind=finding.kind.value, occurred_at=now))

    def _require(self, condition: bool) -> None:  # noqa: FBT001 - reads as a sentence
        if not condition:
            raise BreakMoved(f"This break is {self.status}.")

    def _move_to(self, status: BreakStatus) -> None:
        if status is not self.status and status not in _NEXT[self.status]:
            raise BreakMoved(f"A break that is {self.status} cannot become {status}.")
        self.status = status
