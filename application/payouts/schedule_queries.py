"""
Payout schedules as their owners see them.
"""

from datetime import date, datetime
from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from domain.payouts.schedule import Rhythm, Run
from domain.shared.ids import PhysicianId
from domain.shared.money import Money


@frozen(kw_only=True)
class PayoutScheduleView:
    """
    When a physician's money goes to their bank by itself, in one currency.

    Args:
        time_zone: In which its days begin.
        next_on: The day of the next payout; None by hand, and when an amount is waited for.
        expected: What is there now, with what clears until then. Later earnings come on top.
        runs: What became of the latest periods, the newest first.
    """

    physician_id: PhysicianId
    currency: str
    rhythm: Rhythm
    time_zone: str
    next_on: date | None
    next_at: datetime | None
    expected: Money | None
    runs: tuple[Run, ...]


class PayoutScheduleQueries(Protocol):
    """Schedules, straight from the database."""

    def of(self, physician_id: PhysicianId) -> tuple[PayoutScheduleView, ...]:
        """Those that were ever chosen, by currency."""
        ...


@frozen
class ViewPayoutSchedules:
    """
    Show when a physician's money goes to their bank by itself, and what became of the last times.
    """

    _queries: PayoutScheduleQueries

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId
    ) -> tuple[PayoutScheduleView, ...]:
        """
        One for each currency in which one was chosen; elsewhere they are paid by hand.

        Raises:
            AccessDenied: Not one's own, and not finance staff.
        """
        if actor.physician_id != physician_id:
            require_role(actor, Role.FINANCE)
        return self._queries.of(physician_id)
