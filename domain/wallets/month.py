"""
The months by which statements are made, where their reader lives.
"""

from datetime import UTC, date, datetime, time
from typing import Self
from zoneinfo import ZoneInfo

from attrs import frozen

from domain.shared.errors import InvalidInput
from domain.shared.period import Period

_DECEMBER = 12


class UnfitMonth(InvalidInput):
    """Not a month of the calendar, or one that has not begun."""


@frozen(order=True)
class Month:
    """A month of the calendar, written `2026-03`."""

    year: int
    number: int

    @classmethod
    def parse(cls, written: str) -> Self:
        """
        Read it.

        Raises:
            UnfitMonth: It is none.
        """
        try:
            first = date.fromisoformat(f"{written}-01")
        except ValueError as error:
            raise UnfitMonth("Write the month as 2026-03.", field="month") from error
        if written != f"{first:%Y-%m}" or first.year == date.max.year:
            raise UnfitMonth("Write the month as 2026-03.", field="month")
        return cls(first.year, first.month)

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Self:
        """The month in which an instant falls for somebody in a zone."""
        there = at.astimezone(zone)
        return cls(there.year, there.month)

    @property
    def next(self) -> Self:
        """The month after."""
        if self.number == _DECEMBER:
            return type(self)(self.year + 1, 1)
        return type(self)(self.year, self.number + 1)

    @property
    def first_on(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    def within(self, zone: ZoneInfo) -> Period:
        """From midnight to midnight where somebody lives."""
        start, end = (
            datetime.combine(month.first_on, time(), tzinfo=zone).astimezone(UTC)
            for month in (self, self.next)
        )
        return Period(start, end)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"
