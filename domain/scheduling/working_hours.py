"""
Hours as people say them, and the instants that they are.

Hours are kept in the physician's own zone, so that nine o'clock stays nine o'clock when
the clocks change. A time that the clocks skip counts as the moment of the change; of an
hour that comes twice, both belong to the hours around it.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen

from domain.shared.errors import InvalidInput
from domain.shared.period import Period

_MINUTE = timedelta(minutes=1)
_DAYS = 7
_MINUTES_IN_HOUR = 60
_MINUTES_IN_DAY = 24 * _MINUTES_IN_HOUR


class MalformedHours(InvalidInput):
    """Hours that end before they begin, or are on no day of the week."""


@frozen(order=True)
class DayHours:
    """
    A stretch of one day on the wall clock, in minutes from midnight; 1440 is its end.
    """

    start: int
    end: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.start < self.end <= _MINUTES_IN_DAY:
            raise MalformedHours("The hours must end after they begin.", field="hours")

    @classmethod
    def parse(cls, start: str, end: str) -> "DayHours":
        """
        Read `09:00` and `17:30`; the end may be `24:00`.

        Raises:
            MalformedHours: Not times of day.
        """
        return cls(_minutes(start), _minutes(end))

    @property
    def texts(self) -> tuple[str, str]:
        """As they were written."""
        return _clock(self.start), _clock(self.end)

    def on(self, day: date, zone: ZoneInfo) -> Period | None:
        """The instants on a day; None where the clocks skip all of it."""
        start = instant(day, self.start, zone)
        end = instant(day, self.end, zone, last=True)
        return Period(start, end) if start < end else None


@frozen(order=True)
class WeeklyHours:
    """Hours on every Monday (0) to Sunday (6)."""

    weekday: int
    hours: DayHours

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.weekday < _DAYS:
            raise MalformedHours("Weekdays are 0, Monday, to 6, Sunday.", field="weekday")


@frozen(kw_only=True)
class ScheduleException:
    """
    Other hours than usual on some days, both ends included; no hours is leave.
    """

    first_on: date
    last_on: date
    hours: tuple[DayHours, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise MalformedHours("The last day comes before the first.", field="last_on")

    def covers(self, day: date) -> bool:
        """Whether it decides about a day."""
        return self.first_on <= day <= self.last_on


def instant(day: date, minutes: int, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """
    The UTC instant of a wall-clock time.

    Args:
        last: Of a time that comes twice, take the second.
    """
    wall = datetime.combine(day, time()) + minutes * _MINUTE
    while not _exists(wall, zone):
        wall += _MINUTE
    return wall.replace(tzinfo=zone, fold=int(last)).astimezone(UTC)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    there_and_back = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there_and_back.replace(tzinfo=None) == wall


def _minutes(text: str) -> int:
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and len(minutes) == len("00")):
        raise MalformedHours("Write times as 09:00.", field="hours")
    if int(minutes) >= _MINUTES_IN_HOUR:
        raise MalformedHours("Write times as 09:00.", field="hours")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
