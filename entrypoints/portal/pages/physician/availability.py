"""
When a physician can be booked: hours of the week in their own zone, and days off.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import reflex as rx

from application.scheduling.hours import AffectedVisit, SetAvailability, TakeLeave
from application.scheduling.queries import AvailabilityView, ListAppointments, ViewAvailability
from domain.scheduling.availability import AvailabilityNotFound, BookingLimits
from domain.scheduling.working_hours import DayHours, ScheduleException, WeeklyHours
from domain.shared.errors import InvalidInput, NotPermitted
from domain.shared.ids import PhysicianId
from domain.shared.period import Period
from entrypoints.portal.http.joining import read_day
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    follow,
    opening,
    zone_here,
)
from entrypoints.portal.words import day, is_zone, moment, zone_name

ROUTE = "/physician/availability"

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LOOK_AHEAD = timedelta(days=28)


class UnfitNumber(InvalidInput):
    """Not a whole number."""


class NotAPhysician(NotPermitted):
    """Only a physician has hours."""


@dataclass(frozen=True)
class Weekday:
    """A day with its hours; empty when it is free."""

    index: int
    name: str
    start: str
    end: str
    second_start: str
    second_end: str


@dataclass(frozen=True)
class Leave:
    """Days off, or days with other hours."""

    words: str
    hours: str


class AvailabilityState(PageState, rx.State):
    """The hours as they are, and the visits that a change leaves outside of them."""

    zone: str = ""
    zone_words: str = ""
    week: list[Weekday] = []
    leaves: list[Leave] = []
    buffer: int = 0
    notice_hours: int = 2
    daily_cap: str = ""
    visits: list[str] = []
    affected: list[str] = []
    saves: int = 0

    _exceptions: tuple[ScheduleException, ...] = ()

    @allowed(Audience.PHYSICIAN)
    async def load(self) -> None:
        """Show them."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def save(self, form: dict[str, Any]) -> None:
        """Replace the hours of the week and the limits."""
        async with acting(self):
            affected = await ask(
                self,
                SetAvailability,
                physician_id=await self._physician(),
                time_zone=zone_of_form(form, otherwise=self.zone),
                weekly=weekly_of(form),
                exceptions=self._exceptions,
                limits=limits_of(form),
            )
            await self._fill()
            await self._say("Your hours are saved.", affected)

    @allowed(Audience.PHYSICIAN)
    async def take_leave(self, form: dict[str, Any]) -> None:
        """Take days off."""
        async with acting(self):
            affected = await ask(
                self,
                TakeLeave,
                physician_id=await self._physician(),
                first_on=read_day(str(form.get("first_on", "")), field="first_on"),
                last_on=read_day(str(form.get("last_on", "")), field="last_on"),
            )
            await self._fill()
            await self._say("Your leave is noted.", affected)

    async def _say(self, words: str, affected: tuple[AffectedVisit, ...]) -> None:
        zone = await zone_here(self)
        self.saves += 1
        self.notice = words
        self.affected = [moment(one.during.start_at, zone) for one in affected]

    async def _physician(self) -> PhysicianId:
        actor = await actor_of(self)
        if actor.physician_id is None:
            raise NotAPhysician("Only a physician has hours.")
        return actor.physician_id

    async def _fill(self) -> None:
        physician_id = await self._physician()
        follow(self, physician_id)
        here = await zone_here(self)
        try:
            view = await ask(self, ViewAvailability, physician_id=physician_id)
        except AvailabilityNotFound:
            view = None
        self._describe(view, here)
        now = datetime.now(UTC)
        visits = await ask(
            self,
            ListAppointments,
            within=Period(now, now + _LOOK_AHEAD),
            physician_id=physician_id,
        )
        self.visits = [moment(one.start_at, here) for one in visits]

    def _describe(self, view: AvailabilityView | None, here: str) -> None:
        self.zone = view.time_zone if view is not None else here
        self.zone_words = zone_name(self.zone)
        self.week = week_of(view)
        self._exceptions = exceptions_of(view)
        self.leaves = [
            Leave(
                words=f"{day(one.first_on)} to {day(one.last_on)}",
                hours=", ".join(f"{h.texts[0]} to {h.texts[1]}" for h in one.hours) or "Away",
            )
            for one in self._exceptions
        ]
        if view is not None:
            self.buffer = int(view.buffer.total_seconds() // 60)
            self.notice_hours = int(view.minimum_notice.total_seconds() // 3600)
            self.daily_cap = "" if view.daily_cap is None else str(view.daily_cap)


def week_of(view: AvailabilityView | None) -> list[Weekday]:
    """The seven days; a third stretch of hours in a day is not shown."""
    week = []
    for index, name in enumerate(WEEKDAYS):
        hours = (
            [one.hours for one in view.weekly if one.weekday == index] if view is not None else []
        )
        first, second = (*hours, None, None)[:2]
        week.append(
            Weekday(
                index=index,
                name=name,
                start=first.start if first is not None else "",
                end=first.end if first is not None else "",
                second_start=second.start if second is not None else "",
                second_end=second.end if second is not None else "",
            )
        )
    return week


def exceptions_of(view: AvailabilityView | None) -> tuple[ScheduleException, ...]:
    """Days with other hours, as they have to be handed back when the week is saved."""
    if view is None:
        return ()
    return tuple(
        ScheduleException(
            first_on=one.first_on,
            last_on=one.last_on,
            hours=tuple(DayHours.parse(hours.start, hours.end) for hours in one.hours),
        )
        for one in view.exceptions
    )


def weekly_of(form: dict[str, Any]) -> list[WeeklyHours]:
    """The hours that the form names, two stretches a day at the most."""
    weekly = []
    for index in range(len(WEEKDAYS)):
        for part in ("", "second_"):
            start = str(form.get(f"{part}start_{index}", "")).strip()
            end = str(form.get(f"{part}end_{index}", "")).strip()
            if start or end:
                weekly.append(WeeklyHours(index, DayHours.parse(start, end)))
    return weekly


def limits_of(form: dict[str, Any]) -> BookingLimits:
    """
    The limits that the form names.

    Raises:
        UnfitNumber: One is not a whole number.
    """
    cap = str(form.get("daily_cap", "")).strip()
    return BookingLimits(
        buffer=timedelta(minutes=_whole(form.get("buffer", "0"), "buffer")),
        minimum_notice=timedelta(hours=_whole(form.get("notice_hours", "2"), "notice_hours")),
        daily_cap=_whole(cap, "daily_cap") if cap else None,
    )


def zone_of_form(form: dict[str, Any], *, otherwise: str) -> str:
    """The zone that was chosen."""
    chosen = str(form.get("zone", ""))
    return chosen if is_zone(chosen) else otherwise


def _whole(written: Any, field: str) -> int:
    text = str(written).strip()
    if not text.isdigit():
        raise UnfitNumber("Write a whole number.", field=field)
    return int(text)
