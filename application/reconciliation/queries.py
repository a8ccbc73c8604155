"""
Reconciliation as finance sees it.
"""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from application.reconciliation.views import (
    BreakRow,
    BreakView,
    ItemView,
    PeriodView,
    ReconciliationView,
    proposal_of,
    row_of,
    suggestion_for,
)
from application.shared.access import Actor, Role, require_role
from application.shared.pages import Page
from application.shared.ports import Clock, UnitOfWork
from domain.reconciliation.breaks import Break, BreakNotFound, BreakStatus
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import Source, Whose
from domain.shared.ids import BreakId, UserId, to_wire


@frozen(kw_only=True)
class BreakFilter:
    """Which breaks; None for all."""

    status: BreakStatus | None = None
    kind: BreakKind | None = None
    owner_id: UserId | None = None


class ReconciliationQueries(Protocol):
    """Reconciliation, straight from the database."""

    def breaks(self, wanted: BreakFilter, *, limit: int, cursor: str | None) -> Page[Break]:
        """Breaks, the newest first."""
        ...

    def find_break(self, break_id: BreakId) -> tuple[Break, tuple[ItemView, ...]] | None:
        """One break with its items."""
        ...

    def items(
        self,
        *,
        source: Source | None,
        whose: Whose | None,
        unmatched: bool,
        limit: int,
        cursor: str | None,
    ) -> Page[ItemView]:
        """Items, the latest first."""
        ...

    def summary(self) -> ReconciliationView:
        """The three sides, in one snapshot."""
        ...

    def periods(self) -> Sequence[PeriodView]:
        """Periods, the latest first."""
        ...


@frozen
class ListBreaks:
    """
    List breaks, the newest first.
    """

    _queries: ReconciliationQueries
    _clock: Clock

    def __call__(
        self, *, actor: Actor, wanted: BreakFilter, limit: int, cursor: str | None = None
    ) -> Page[BreakRow]:
        """
        One page.

        Raises:
            AccessDenied: Not finance staff.
        """
        _allow(actor)
        page = self._queries.breaks(wanted, limit=limit, cursor=cursor)
        now = self._clock.now()
        return Page(tuple(row_of(each, now) for each in page.items), page.next_cursor)


@frozen
class ViewBreak:
    """
    Show a break, its items on both sides, and the entry that would close it.
    """

    _queries: ReconciliationQueries
    _clock: Clock
    _uow: UnitOfWork

    def __call__(self, *, actor: Actor, break_id: BreakId) -> BreakView:
        """
        With a preview of the postings; nothing is posted.

        Raises:
            AccessDenied: Not finance staff.
            BreakNotFound: No such break.
        """
        _allow(actor)
        found = self._queries.find_break(break_id)
        if found is None:
            raise BreakNotFound("There is no such break.")
        shown, items = found
        with self._uow as uow:
            uow.audit.record(
                actor=actor,
                action="reconciliation.break_viewed",
                subject=to_wire("break", break_id),
            )
            uow.commit()
        return BreakView(
            row=row_of(shown, self._clock.now()),
            items=items,
            suggestion=suggestion_for(shown),
            proposal=proposal_of(shown),
            approved_by=shown.approved_by,
            entry_id=shown.entry_id,
            explanation=shown.explanation,
            explained_by=shown.explained_by,
            ended_at=shown.ended_at,
        )


@frozen
class ListReconciledItems:
    """
    List items of either side, matched or not, the latest first.
    """

    _queries: ReconciliationQueries

    def __call__(
        self,
        *,
        actor: Actor,
        source: Source | None = None,
        whose: Whose | None = None,
        unmatched: bool = False,
        limit: int,
        cursor: str | None = None,
    ) -> Page[ItemView]:
        """
        One page.

        Raises:
            AccessDenied: Not finance staff.
        """
        _allow(actor)
        return self._queries.items(
            source=source, whose=whose, unmatched=unmatched, limit=limit, cursor=cursor
        )


@frozen
class ViewReconciliation:
    """
    Show journal, vendors and bank side by side, by currency.
    """

    _queries: ReconciliationQueries

    def __call__(self, *, actor: Actor) -> ReconciliationView:
        """
        Each source and currency with what is not matched.

        Raises:
            AccessDenied: Not finance staff.
        """
        _allow(actor)
        return self._queries.summary()


@frozen
class ListPeriods:
    """
    List periods, the latest first.
    """

    _queries: ReconciliationQueries

    def __call__(self, *, actor: Actor) -> tuple[PeriodView, ...]:
        """
        Each with the number of breaks that keep it from closing.

        Raises:
            AccessDenied: Not finance staff.
        """
        _allow(actor)
        return tuple(self._queries.periods())


def _allow(actor: Actor) -> None:
    require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
