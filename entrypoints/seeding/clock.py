"""
A clock that can be set back, so that a clinic has a past to show.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from attrs import define


class CanGoBack(Protocol):
    """A clock whose distance from the present can be set."""

    behind: timedelta

    def now(self) -> datetime:
        """The instant that it shows."""
        ...


@define(eq=False)
class TravellingClock:
    """Runs at the usual pace, behind the present by `behind`."""

    behind: timedelta = timedelta()

    def now(self) -> datetime:
        """The instant that this clock shows."""
        return datetime.now(UTC) - self.behind
