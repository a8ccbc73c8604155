"""
The month's time: one clock for the platform and the played vendors, moved from hour to hour.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from attrs import define, field

from entrypoints.month.curtain import Curtain
from entrypoints.month.shared_clock import SharedClock


@define(eq=False)
class Calendar:
    """
    Days count from 1; the last one is today. Time never goes back.

    Args:
        settle: Waits until nobody has anything left to do; time moves only then.
    """

    clock: SharedClock
    curtain: Curtain
    days: int
    settle: Callable[[], None]
    _first: date = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._first = datetime.now(UTC).date() - timedelta(days=self.days + 1)

    def day(self, number: int) -> date:
        """The date of a day."""
        return self._first + timedelta(days=number - 1)

    def go_to(self, number: int, hour: int) -> None:
        """Let both sides' clocks show an hour of a day."""
        self._move(datetime.combine(self.day(number), time(hour), UTC))

    def come_back(self) -> None:
        """Let both sides' clocks show the present."""
        self._move(datetime.now(UTC))

    def _move(self, wanted: datetime) -> None:
        self.settle()
        ahead = wanted - self.clock.now()
        self.clock.behind -= ahead
        self.curtain.do("time", advance_seconds=ahead.total_seconds())
