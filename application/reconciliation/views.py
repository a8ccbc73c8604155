"""
How reconciliation looks to finance.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from attrs import frozen

from domain.identity.role import Role
from domain.ledger.journal import Postings
from domain.reconciliation.breaks import Break, BreakStatus
from domain.reconciliation.findings import BreakKind, Severity
from domain.reconciliation.items import Source, Whose
from domain.reconciliation.matching import Rule
from domain.reconciliation.periods import PeriodStatus
from domain.reconciliation.repairs import RepairRule, postings_of, suggest
from domain.shared.ids import (
    AccountingPeriodId,
    BreakId,
    JournalEntryId,
    ReconciliationMatchId,
    UserId,
)
from domain.shared.money import Money


@frozen(kw_only=True)
class DifferenceView:
    """
    What theirs is more than ours, in one place.
    """

    source: Source
    amount: Money


@frozen(kw_only=True)
class BreakRow:
    """
    A break in a list.

    Args:
        owner_id: The person who has taken it on; until then it is the role's.
        since: When the first of its items counted.
        age: How long it has been known, or was until its end.
    """

    break_id: BreakId
    kind: BreakKind
    severity: Severity
    status: BreakStatus
    reason: str
    owner_role: Role
    owner_id: UserId | None
    differences: tuple[DifferenceView, ...]
    since: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    age: timedelta


@frozen(kw_only=True)
class PostingView:
    """One posting of a preview."""

    debit: str
    credit: str
    amount: Money


@frozen(kw_only=True)
class RepairView:
    """
    An entry that would close a break.

    Args:
        proposed_by: None for one that is only suggested.
    """

    rule: RepairRule
    postings: tuple[PostingView, ...]
    note: str = ""
    proposed_by: UserId | None = None
    proposed_at: datetime | None = None


@frozen(kw_only=True)
class ItemView:
    """
    One item.

    Args:
        match_id: The match that it is in.
        explanation: Why it was matched.
    """

    key: str
    source: Source
    whose: Whose
    kind: str
    amount: Money
    at: datetime
    counts_on: date
    references: tuple[str, ...]
    batch: str | None
    match_id: ReconciliationMatchId | None
    rule: Rule | None
    explanation: str | None


@frozen(kw_only=True)
class BreakView:
    """
    A break with everything that is needed to answer for it.

    Args:
        suggestion: What usually closes such a break; None where an entry would be wrong.
    """

    row: BreakRow
    items: tuple[ItemView, ...]
    suggestion: RepairView | None
    proposal: RepairView | None
    approved_by: UserId | None
    entry_id: JournalEntryId | None
    explanation: str | None
    explained_by: UserId | None
    ended_at: datetime | None


@frozen(kw_only=True)
class Unmatched:
    """Items of one side that are in no match."""

    count: int
    amount: Money


@frozen(kw_only=True)
class PlaceView:
    """
    One currency at one source, three ways.

    Args:
        journal: What our books say is there.
        stated: What they say is there; None if they never said.
        told: What was there before the first item, and the sum of all their items.
        was_told: Whether they have said anything at all.
    """

    source: Source
    journal: Money
    stated: Money | None
    stated_at: datetime | None
    told: Money
    was_told: bool
    ours_unmatched: Unmatched
    theirs_unmatched: Unmatched

    @property
    def difference(self) -> Money:
        """What theirs is more than our books, whatever the reason."""
        return self.told - self.journal


@frozen(kw_only=True)
class CurrencyView:
    """
    The three sides in one currency.

    Args:
        suspense: Found and not explained yet.
    """

    currency: str
    places: tuple[PlaceView, ...]
    suspense: Money


@frozen(kw_only=True)
class SourceView:
    """How far a source was read."""

    source: Source
    covers_until: datetime
    read_at: datetime


@frozen(kw_only=True)
class ReconciliationView:
    """
    Journal, vendors and bank side by side.

    Args:
        breaks: Unanswered ones by kind.
    """

    last_run_at: datetime | None
    sources: tuple[SourceView, ...]
    currencies: tuple[CurrencyView, ...]
    breaks: Mapping[BreakKind, int]


@frozen(kw_only=True)
class PeriodView:
    """A period and what keeps it from closing."""

    period_id: AccountingPeriodId
    starts_on: date
    ends_on: date
    status: PeriodStatus
    closed_at: datetime | None
    closed_by: UserId | None
    barring: int


def row_of(found: Break, now: datetime) -> BreakRow:
    """A break as a list shows it."""
    return BreakRow(
        break_id=found.id,
        kind=found.kind,
        severity=found.severity(now),
        status=found.status,
        reason=found.reason,
        owner_role=found.owner_role,
        owner_id=found.owner_id,
        differences=tuple(
            DifferenceView(source=source, amount=amount)
            for (source, _), amount in found.differences.items()
        ),
        since=found.since,
        first_seen_at=found.first_seen_at,
        last_seen_at=found.last_seen_at,
        age=found.age(now),
    )


def suggestion_for(found: Break) -> RepairView | None:
    """The entry that usually closes such a break."""
    rule = suggest(found.kind, found.differences) if found.items else None
    if rule is None or not found.is_unanswered:
        return None
    return RepairView(rule=rule, postings=_postings(postings_of(rule, found.differences)))


def proposal_of(found: Break) -> RepairView | None:
    """The entry that somebody proposed."""
    proposal = found.proposal
    if proposal is None:
        return None
    return RepairView(
        rule=proposal.rule,
        postings=_postings(proposal.postings),
        note=proposal.note,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
    )


def _postings(postings: Postings) -> tuple[PostingView, ...]:
    return tuple(
        PostingView(debit=each.debit.code, credit=each.credit.code, amount=each.amount)
        for each in postings
    )
