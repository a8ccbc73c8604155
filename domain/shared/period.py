"""
A stretch of time, half open: the start belongs to it, the end does not.
"""

from datetime import datetime, timedelta

from attrs import field, frozen

from domain.shared.errors import InvalidInput


class MalformedPeriod(InvalidInput):
    """It ends before it starts, or a time has no zone."""


@frozen
class Period:
    """From `start_at` up to but not including `end_at`, both aware."""

    start_at: datetime = field()
    end_at: datetime = field()

    def __attrs_post_init__(self) -> None:
        if self.start_at.tzinfo is None or self.end_at.tzinfo is None:
            raise MalformedPeriod("A time needs its zone.", field="start_at")
        if self.end_at <= self.start_at:
            raise MalformedPeriod("The end must come after the start.", field="end_at")

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end_at - self.start_at

    def overlaps(self, other: "Period") -> bool:
        """Whether an instant belongs to both."""
        return self.start_at < other.end_at and other.start_at < self.end_at

    def __contains__(self, instant: datetime) -> bool:
        return self.start_at <= instant < self.end_at
