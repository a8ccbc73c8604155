"""
Matching by hand, and taking apart.
"""

from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from application.reconciliation.answers import person
from application.reconciliation.ports import (
    AlreadyMatched,
    ReconciliationUnitOfWork,
    StoredMatch,
)
from application.shared.access import Actor
from application.shared.ports import Clock, Ids
from domain.reconciliation.matching import Match, Rule
from domain.reconciliation.periods import PeriodIsClosed
from domain.shared.errors import Conflict
from domain.shared.ids import ReconciliationMatchId, to_wire


class RepairIsPosted(Conflict):
    """What an entry has closed is not taken apart: the books are never changed."""


@frozen
class MatchByHand:
    """
    Put items together that no rule does.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(self, *, actor: Actor, items: tuple[str, ...], note: str) -> ReconciliationMatchId:
        """
        Returns the match. Breaks that were about nothing else have healed.

        Args:
            items: Keys of items of both sides, or of one that offset each other.

        Raises:
            AccessDenied: Not finance staff.
            ItemNotFound: No such item.
            AlreadyMatched: One is in a match.
            NothingToMatch: Fewer than two.
            DoesNotAddUp: They differ; propose a repair instead.
        """
        person(actor)
        now = self._clock.now()
        match_id = ReconciliationMatchId(self._ids.new())
        with self._uow as uow:
            uow.feeds.take_turn()
            chosen = uow.reconciled_items.get(items)
            free = {item.key for item in uow.reconciled_items.unmatched()}
            if any(item.key not in free for item in chosen):
                raise AlreadyMatched("One of these is matched already. Take it apart first.")
            uow.reconciliation_matches.add(
                StoredMatch(
                    id=match_id,
                    match=Match(rule=Rule.HAND, items=chosen, explanation=note.strip()),
                    made_at=now,
                    made_by=actor.reference,
                )
            )
            _heal(uow, items, now)
            uow.audit.record(
                actor=actor,
                action="reconciliation.matched_by_hand",
                subject=to_wire("reconciliation_match", match_id),
                reason=note.strip(),
                details={"items": ", ".join(sorted(items))},
            )
            uow.commit()
        return match_id


@frozen
class Unmatch:
    """
    Take a match apart. No rule puts just these items together again.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, match_id: ReconciliationMatchId, reason: str) -> None:
        """
        Once is enough: one that was taken apart stays so.

        Raises:
            AccessDenied: Not finance staff.
            MatchNotFound: No such match.
            RepairIsPosted: An entry was posted for it.
            PeriodIsClosed: An item of it counts in a period that is closed.
        """
        person(actor)
        with self._uow as uow:
            uow.feeds.take_turn()
            stored = uow.reconciliation_matches.get(match_id)
            if stored.is_undone:
                return
            if stored.match.rule is Rule.REPAIR:
                raise RepairIsPosted("An entry was posted for this. Post another to undo it.")
            _require_open_days(uow, (item.key for item in stored.match.items))
            uow.reconciliation_matches.undo(match_id, now=self._clock.now())
            uow.audit.record(
                actor=actor,
                action="reconciliation.unmatched",
                subject=to_wire("reconciliation_match", match_id),
                reason=reason.strip(),
            )
            uow.commit()


def _heal(uow: ReconciliationUnitOfWork, items: Iterable[str], now: datetime) -> None:
    matched = set(items)
    for found in uow.breaks.unanswered():
        if found.items and matched.issuperset(found.items):
            found.heal(now=now)
            uow.breaks.save(found)


def _require_open_days(uow: ReconciliationUnitOfWork, keys: Iterable[str]) -> None:
    days = uow.reconciled_items.counted_on(keys)
    for period in uow.accounting_periods.all():
        if period.is_shut and any(period.covers(day) for day in days):
            raise PeriodIsClosed(
                f"The period from {period.starts_on} to {period.ends_on} does not change any more."
            )
