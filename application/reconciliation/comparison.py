"""
Comparing the sides: match what belongs together, tell what is left, keep the breaks up to date.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import frozen

from application.reconciliation.booking import book_own_entries
from application.reconciliation.ports import ReconciliationUnitOfWork, StoredMatch
from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock, Ids
from domain.reconciliation.breaks import Break, BreakStatus
from domain.reconciliation.classification import check_settlements, classify
from domain.reconciliation.findings import Finding
from domain.reconciliation.items import Item, ItemKind, Source
from domain.reconciliation.matching import Matching, MatchingPolicy, match
from domain.reconciliation.statements import check_balances
from domain.reconciliation.transfers import Recognised, Transfer, recognise
from domain.shared.ids import BreakId, ReconciliationMatchId


@frozen(kw_only=True)
class Reconciled:
    """
    What one comparison brought.

    Args:
        booked: Lines of our journal that were taken in.
        left: Items of both sides that are in no match.
        standing: Breaks that somebody has to answer for.
    """

    at: datetime
    booked: int
    matched: int
    left: int
    found: int
    healed: int
    standing: int


@frozen
class Reconcile:
    """
    Compare our journal with what was imported. Run on a schedule; running again is harmless.

    What is matched stays matched. Nothing is posted: a repair takes two people.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock
    _ids: Ids
    _policy: MatchingPolicy

    def __call__(self, *, actor: Actor) -> Reconciled:
        """
        Returns what it brought.

        Raises:
            AccessDenied: Not finance staff.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        now = self._clock.now()
        with self._uow as uow:
            uow.feeds.take_turn()
            booked = book_own_entries(uow)
            matching = self._match(uow, actor, now)
            findings = self._find(uow, matching.left, now)
            found, healed = self._keep_breaks(uow, findings, now)
            uow.feeds.note_run(now)
            outcome = Reconciled(
                at=now,
                booked=booked,
                matched=len(matching.matches),
                left=len(matching.left),
                found=found,
                healed=healed,
                standing=len(uow.breaks.unanswered()),
            )
            uow.audit.record(
                actor=actor,
                action="reconciliation.compared",
                subject="reconciliation",
                details={"matched": str(outcome.matched), "standing": str(outcome.standing)},
            )
            uow.commit()
        return outcome

    def _match(self, uow: ReconciliationUnitOfWork, actor: Actor, now: datetime) -> Matching:
        known = _recognise(uow, uow.reconciled_items.unmatched(), self._policy)
        proposed = match(known.items, policy=self._policy, notes=known.notes)
        apart = uow.reconciliation_matches.undone(item.key for item in known.items)
        # What a person has taken apart is not put together again behind their back.
        kept = [each for each in proposed.matches if _keys(each.items) not in apart]
        for each in kept:
            uow.reconciliation_matches.add(
                StoredMatch(
                    id=ReconciliationMatchId(self._ids.new()),
                    match=each,
                    made_at=now,
                    made_by=actor.reference,
                )
            )
        matched = {item.key for each in kept for item in each.items}
        return Matching(
            matches=tuple(kept),
            left=tuple(item for item in known.items if item.key not in matched),
        )

    def _find(
        self, uow: ReconciliationUnitOfWork, left: Sequence[Item], now: datetime
    ) -> list[Finding]:
        positions = uow.feeds.positions()
        # Ours is only compared as far as theirs was told.
        comparable = [
            item
            for item in left
            if not item.is_ours
            or (item.source in positions and item.at < positions[item.source].covers_until)
        ]
        known_as = frozenset[str]().union(*(item.known_as for item in comparable))
        related = uow.reconciled_items.matched_as(known_as)
        balances = uow.reconciled_items.sums_for(uow.feeds.latest_balances())
        return [
            *classify(comparable, related=related, policy=self._policy, now=now),
            *check_settlements(_settlements_that_do_not_add_up(uow)),
            *check_balances(balances),
        ]

    def _keep_breaks(
        self, uow: ReconciliationUnitOfWork, findings: Sequence[Finding], now: datetime
    ) -> tuple[int, int]:
        keys = frozenset(item.key for finding in findings for item in finding.items)
        subjects = frozenset(finding.subject for finding in findings)
        before = [
            *uow.breaks.unanswered(),
            *uow.breaks.about(items=keys, subjects=subjects),
        ]
        found = 0
        for finding in sorted(findings, key=lambda each: each.subject):
            same = _same(before, finding)
            if same is None:
                uow.breaks.add(Break.find(id=BreakId(self._ids.new()), finding=finding, now=now))
                found += 1
                continue
            before.remove(same)
            same.see_again(finding, now=now)
            uow.breaks.save(same)
        gone = [each for each in before if each.is_unanswered]
        for each in gone:
            each.heal(now=now)
            uow.breaks.save(each)
        return found, len(gone)


def _recognise(
    uow: ReconciliationUnitOfWork, left: Sequence[Item], policy: MatchingPolicy
) -> Recognised:
    lines = [item for item in left if item.source is Source.BANK and not item.is_ours]
    if not lines:
        return Recognised(items=tuple(left), notes={})
    crossing = uow.reconciled_items.crossing(since=min(item.at for item in lines) - policy.window)
    ends = [item for item in crossing if not item.is_ours and item.source is not Source.BANK]
    unmatched = _keys(left)
    arrived = frozenset[str]().union(
        *(
            item.references
            for item in crossing
            if item.source is Source.BANK and item.key not in unmatched
        )
    )
    return recognise(left, _transfers(uow, ends), arrived=arrived, window=policy.window)


def _settlements_that_do_not_add_up(uow: ReconciliationUnitOfWork) -> list[Transfer]:
    parts = uow.reconciled_items.of_batches(uow.reconciled_items.batches_that_do_not_add_up())
    return _transfers(uow, [item for item in parts if item.kind is ItemKind.SETTLEMENT])


def _transfers(uow: ReconciliationUnitOfWork, ends: Sequence[Item]) -> list[Transfer]:
    parts = uow.reconciled_items.of_batches({end.batch for end in ends if end.batch is not None})
    return [
        Transfer(
            end=end,
            members=tuple(
                part
                for part in parts
                if end.batch is not None and part.batch == end.batch and part.key != end.key
            ),
        )
        for end in ends
    ]


def _keys(items: Iterable[Item]) -> frozenset[str]:
    return frozenset(item.key for item in items)


def _same(breaks: Sequence[Break], finding: Finding) -> Break | None:
    """The break that this was before: of its subject, else about some of its items."""
    items = _keys(finding.items)
    candidates = [
        each for each in breaks if each.subject == finding.subject or items.intersection(each.items)
    ]
    if not candidates:
        return None
    return min(
        candidates,
        key=lambda each: (
            _ANSWERED.index(each.status) if each.status in _ANSWERED else -1,
            each.subject != finding.subject,
            each.first_seen_at,
            each.id,
        ),
    )


# Of several, one that is still unanswered goes on.
_ANSWERED = (BreakStatus.EXPLAINED, BreakStatus.HEALED)
