"""
When a physician can be booked.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from attrs import define, frozen

from domain.scheduling.events import AvailabilityChanged
from domain.scheduling.working_hours import (
    DayHours,
    MalformedHours,
    ScheduleException,
    WeeklyHours,
    instant,
)
from domain.shared.errors import Conflict, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import PhysicianId
from domain.shared.period import Period

GRID = timedelta(minutes=15)
"""Visits start on the quarter of the hour, in every zone of the world."""

HORIZON = timedelta(days=120)
"""How far ahead visits can be booked."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_CAP = 200
_LONGEST_BUFFER = timedelta(hours=2)
_LONGEST_NOTICE = timedelta(days=30)


class AvailabilityNotFound(NotFound):
    """This physician has not said when they work."""


class SlotNotOffered(Conflict):
    """The physician cannot be booked at that time."""


class SlotTaken(Conflict):
    """Somebody else was faster."""


@frozen(kw_only=True)
class BookingLimits:
    """
    What a physician asks for besides hours.

    Args:
        buffer: Kept free before and after each visit.
        minimum_notice: From the booking to the visit.
        daily_cap: The most visits on a day of theirs; None for no limit.
    """

    buffer: timedelta = timedelta(0)
    minimum_notice: timedelta = timedelta(hours=2)
    daily_cap: int | None = None

    def __attrs_post_init__(self) -> None:
        if not timedelta(0) <= self.buffer <= _LONGEST_BUFFER:
            raise MalformedHours("A buffer is at most two hours.", field="buffer_minutes")
        if not timedelta(0) <= self.minimum_notice <= _LONGEST_NOTICE:
            raise MalformedHours("Notice is at most 30 days.", field="minimum_notice_minutes")
        if self.daily_cap is not None and not 1 <= self.daily_cap <= _MOST_CAP:
            raise MalformedHours("A daily cap is at least 1.", field="daily_cap")


@frozen(kw_only=True)
class Opening:
    """
    One local day of a physician.

    Args:
        whole: From midnight to midnight where they are; the daily cap counts within it.
        hours: When they work, apart and in order; never empty.
    """

    day: date
    whole: Period
    hours: tuple[Period, ...]

    def includes(self, during: Period) -> bool:
        """Whether they work all the while."""
        return any(
            hours.start_at <= during.start_at and during.end_at <= hours.end_at
            for hours in self.hours
        )


@define(eq=False, kw_only=True)
class Availability(Aggregate):
    """Weekly hours, exceptions to them, and limits; one for each physician."""

    physician_id: PhysicianId
    time_zone: str
    weekly: tuple[WeeklyHours, ...] = ()
    exceptions: tuple[ScheduleException, ...] = ()
    limits: BookingLimits = BookingLimits()

    def change(
        self,
        *,
        time_zone: str,
        weekly: Iterable[WeeklyHours],
        exceptions: Iterable[ScheduleException],
        limits: BookingLimits,
        now: datetime,
    ) -> None:
        """
        Replace everything; the same again changes nothing.

        Raises:
            MalformedHours: Hours overlap, or the zone is unknown.
        """
        if time_zone not in available_timezones():
            raise MalformedHours("Choose a time zone from the list.", field="time_zone")
        wanted = (time_zone, tuple(sorted(weekly)), tuple(exceptions), limits)
        _check_apart(wanted[1])
        for exception in wanted[2]:
            _apart(exception.hours)
        if wanted == (self.time_zone, self.weekly, self.exceptions, self.limits):
            return
        self.time_zone, self.weekly, self.exceptions, self.limits = wanted
        self.record(AvailabilityChanged(physician_id=self.physician_id, occurred_at=now))

    @property
    def zone(self) -> ZoneInfo:
        """Where the hours are meant."""
        return ZoneInfo(self.time_zone)

    def openings(self, *, first: date, last: date) -> Iterator[Opening]:
        """The days between two local dates, both included, on which the physician works."""
        for offset in range((last - first).days + 1):
            opening = self.opening(first + timedelta(days=offset))
            if opening is not None:
                yield opening

    def opening(self, day: date) -> Opening | None:
        """One local day; None if the physician does not work then."""
        periods = [hours.on(day, self.zone) for hours in self._hours_on(day)]
        present = tuple(period for period in periods if period is not None)
        if not present:
            return None
        tomorrow = day + timedelta(days=1)
        whole = Period(instant(day, 0, self.zone), instant(tomorrow, 0, self.zone))
        return Opening(day=day, whole=whole, hours=_joined(present))

    def includes(self, during: Period) -> bool:
        """Whether the physician works all the while."""
        opening = self.opening(self.day_of(during.start_at))
        return opening is not None and opening.includes(during)

    def day_of(self, at: datetime) -> date:
        """The physician's local date of an instant."""
        return at.astimezone(self.zone).date()

    def require_bookable(self, during: Period, *, busy: Iterable[Period], now: datetime) -> Opening:
        """
        Insist that a visit fits.

        Args:
            busy: The other visits of the day before, the day, and the day after.

        Raises:
            SlotNotOffered: Off the grid, too soon, too far ahead, outside the hours, or one
                visit too many on the day.
            SlotTaken: Another visit is then, or too close.
        """
        opening = self.opening(self.day_of(during.start_at))
        others = tuple(busy)
        if (during.start_at - _EPOCH) % GRID:
            raise SlotNotOffered("Visits start on the quarter of an hour.")
        if during.start_at < now + self.limits.minimum_notice:
            raise SlotNotOffered("This time is too soon for the physician.")
        if during.start_at > now + HORIZON:
            raise SlotNotOffered("This time is too far ahead.")
        if opening is None or not opening.includes(during):
            raise SlotNotOffered("The physician does not work then.")
        clear = Period(during.start_at - self.limits.buffer, during.end_at + self.limits.buffer)
        if any(clear.overlaps(other) for other in others):
            raise SlotTaken("This time has just been taken. Choose another.")
        cap = self.limits.daily_cap
        if cap is not None and sum(other.start_at in opening.whole for other in others) >= cap:
            raise SlotNotOffered("The physician sees no more patients on that day.")
        return opening

    def _hours_on(self, day: date) -> tuple[DayHours, ...]:
        # The latest exception decides, so that leave can be taken within other hours.
        for exception in reversed(self.exceptions):
            if exception.covers(day):
                return exception.hours
        return tuple(weekly.hours for weekly in self.weekly if weekly.weekday == day.weekday())


def _check_apart(weekly: tuple[WeeklyHours, ...]) -> None:
    days: Mapping[int, list[DayHours]] = {day: [] for day in range(7)}
    for one in weekly:
        days[one.weekday].append(one.hours)
    for hours in days.values():
        _apart(tuple(hours))


def _apart(hours: tuple[DayHours, ...]) -> None:
    ordered = sorted(hours)
    for earlier, later in pairwise(ordered):
        if later.start < earlier.end:
            raise MalformedHours("Hours of one day overlap.", field="hours")


def _joined(periods: tuple[Period, ...]) -> tuple[Period, ...]:
    joined: list[Period] = []
    for period in sorted(periods, key=lambda one: one.start_at):
        if joined and period.start_at <= joined[-1].end_at:
            end = max(joined[-1].end_at, period.end_at)
            joined[-1] = Period(joined[-1].start_at, end)
        else:
            joined.append(period)
    return tuple(joined)
