"""
A period is a stretch of days whose money is reconciled together.

    open <──> closing ──> closed

While it is closing nothing more is booked into it. A closed one does not change: what comes
late counts in the first period that is open.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self

from attrs import define

from domain.reconciliation.events import PeriodClosed, PeriodOpened
from domain.shared.errors import Conflict, InvalidInput, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import AccountingPeriodId, UserId


class PeriodStatus(StrEnum):
    """Whether it still changes."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class PeriodNotFound(NotFound):
    """No such period."""


class PeriodMoved(Conflict):
    """It is not at the stage at which this could be done."""


class PeriodMisdated(InvalidInput):
    """It ends before it begins."""


class PeriodsOverlap(Conflict):
    """A day belongs to one period."""


class PeriodIsClosed(Conflict):
    """What is in a closed period does not change."""


class BreaksUnexplained(Conflict):
    """A period with a difference that nobody has explained stays open."""


class NotReconciledYet(Conflict):
    """The period has not ended, or has not been compared to its end."""


_S = PeriodStatus
_NEXT = {
    _S.OPEN: {_S.CLOSING},
    _S.CLOSING: {_S.OPEN, _S.CLOSED},
    _S.CLOSED: set(),
}


@define(eq=False, kw_only=True)
class AccountingPeriod(Aggregate):
    """
    Both days belong to it.
    """

    id: AccountingPeriodId
    starts_on: date
    ends_on: date
    opened_at: datetime
    status: PeriodStatus = PeriodStatus.OPEN
    closed_by: UserId | None = None
    closed_at: datetime | None = None

    @classmethod
    def open(cls, *, id: AccountingPeriodId, starts_on: date, ends_on: date, now: datetime) -> Self:
        """
        Begin one.

        Raises:
            PeriodMisdated: It ends before it begins.
        """
        if ends_on < starts_on:
            raise PeriodMisdated("A period ends after it begins.", field="ends_on")
        period = cls(id=id, starts_on=starts_on, ends_on=ends_on, opened_at=now)
        period.record(
            PeriodOpened(period_id=id, starts_on=starts_on, ends_on=ends_on, occurred_at=now)
        )
        return period

    @property
    def ends_at(self) -> datetime:
        """The first instant that does not belong to it."""
        return datetime.combine(self.ends_on + timedelta(days=1), time.min, UTC)

    @property
    def is_shut(self) -> bool:
        """Whether nothing more is booked into it."""
        return self.status is not _S.OPEN

    def covers(self, day: date) -> bool:
        """Whether the day belongs to it."""
        return self.starts_on <= day <= self.ends_on

    def begin_closing(self) -> None:
        """Keep everything else out."""
        self._move_to(_S.CLOSING)

    def reopen(self) -> None:
        """It could not be closed."""
        self._move_to(_S.OPEN)

    def close(self, *, by: UserId | None, now: datetime) -> None:
        """For good."""
        self._move_to(_S.CLOSED)
        self.closed_by, self.closed_at = by, now
        self.record(PeriodClosed(period_id=self.id, occurred_at=now))

    def _move_to(self, status: PeriodStatus) -> None:
        if status is not self.status and status not in _NEXT[self.status]:
            raise PeriodMoved(f"A period that is {self.status} cannot become {status}.")
        self.status = status


def day_to_book(day: date, periods: Iterable[AccountingPeriod]) -> date:
    """The day on which something counts: its own, or the first after all that is shut."""
    shut = sorted(
        (period for period in periods if period.is_shut), key=lambda period: period.starts_on
    )
    for period in shut:
        if period.covers(day):
            day = period.ends_on + timedelta(days=1)
    return day
