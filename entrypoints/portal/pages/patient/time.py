"""
Choosing a time for a visit. The chosen one is held while the patient pays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import reflex as rx

from application.consultations.viewing import ViewConsultation
from application.scheduling.booking import HoldSlot
from application.scheduling.queries import FindSlots, SlotView
from domain.shared.ids import PhysicianId, from_wire, to_wire
from domain.shared.jurisdiction import Jurisdiction
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.parts import actions, button, card, empty, has, page_head, stack
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import clock_time, day, zone_name, zone_of

ROUTE = "/consultations/[consultation_id]/time"

AT_MOST = 120
A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class FreeTime:
    """A time that can be chosen."""

    key: str
    at: str
    physician: str


@dataclass(frozen=True)
class FreeDay:
    """A day with free times."""

    words: str
    times: list[FreeTime]


class TimeState(PageState, rx.State):
    """Free times in the patient's own time zone, a week at a time."""

    address: str = ""
    zone_words: str = ""
    days: list[FreeDay] = []
    chosen: str = ""
    chosen_words: str = ""
    week: int = 0

    _place: str = ""
    _service_id: Any = None

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show the first week with something free."""
        async with opening(self):
            consultation_id = id_in_address(self, "consultation")
            view = await ask(self, ViewConsultation, consultation_id=consultation_id)
            self.address = f"/consultations/{to_wire('consultation', consultation_id)}"
            self._place, self._service_id = view.place, view.summary.service_id
            await self._fill()

    @allowed(Audience.PATIENT)
    async def choose(self, key: str) -> None:
        """Mark a time."""
        for one_day in self.days:
            for time in one_day.times:
                if time.key == key:
                    self.chosen = key
                    self.chosen_words = f"{one_day.words}, {time.at} with {time.physician}"

    @allowed(Audience.PATIENT)
    async def later(self) -> None:
        """A week further on."""
        async with acting(self):
            self.week += 1
            await self._fill()

    @allowed(Audience.PATIENT)
    async def earlier(self) -> None:
        """A week back."""
        async with acting(self):
            self.week = max(0, self.week - 1)
            await self._fill()

    @allowed(Audience.PATIENT)
    async def hold(self) -> Any:
        """Hold the marked time and go on to the payment."""
        async with acting(self):
            physician, _, start = self.chosen.partition("@")
            try:
                await ask(
                    self,
                    HoldSlot,
                    consultation_id=id_in_address(self, "consultation"),
                    physician_id=PhysicianId(from_wire("physician", physician)),
                    start_at=datetime.fromisoformat(start),
                )
            finally:
                # Somebody else may have been faster: show what is free by now.
                self.chosen = self.chosen_words = ""
                await self._fill()
            return rx.redirect(f"{self.address}/review")
        return None

    async def _fill(self) -> None:
        zone = await zone_here(self)
        begin = datetime.now(UTC) + self.week * A_WEEK
        slots = await ask(
            self,
            FindSlots,
            service_id=self._service_id,
            place=Jurisdiction(self._place),
            from_at=begin,
            to_at=begin + A_WEEK,
            limit=AT_MOST,
        )
        self.zone_words = zone_name(zone)
        self.days = list(free_days(slots, zone))


def free_days(slots: Iterable[SlotView], zone: str) -> Iterable[FreeDay]:
    """Times by the day on which they are for the reader."""

    def on(slot: SlotView) -> Any:
        return slot.start_at.astimezone(zone_of(zone)).date()

    for date, of_day in groupby(slots, key=on):
        yield FreeDay(
            words=f"{date:%A}, {day(date)}",
            times=[
                FreeTime(
                    key=f"{to_wire('physician', slot.physician_id)}@{slot.start_at.isoformat()}",
                    at=clock_time(slot.start_at, zone),
                    physician=slot.physician_name,
                )
                for slot in of_day
            ],
        )


def page() -> rx.Component:
    """Days and times to press."""
    return patient_frame(
        phased(
            TimeState,
            stack(
                page_head(
                    "Choose a time",
                    f"All times are {TimeState.zone_words}.",
                    back=("Your answers", f"{TimeState.address}/intake"),
                ),
                notices(TimeState),
                rx.cond(
                    has(TimeState.days),
                    rx.fragment(rx.foreach(TimeState.days, _day)),
                    empty(
                        "Nothing is free in this week",
                        "Look a week later.",
                    ),
                ),
                actions(
                    rx.cond(TimeState.week > 0, button("Earlier", TimeState.earlier)),
                    button("Later", TimeState.later),
                ),
                rx.cond(
                    TimeState.chosen != "",
                    card(
                        rx.el.p(TimeState.chosen_words, class_name="title", role="status"),
                        rx.el.p(
                            "We hold this time for you while you pay.", class_name="small-text"
                        ),
                        actions(
                            button(
                                "Take this time",
                                TimeState.hold,
                                look="primary",
                                disabled=TimeState.busy,
                            )
                        ),
                    ),
                ),
                class_name="wide",
            ),
        ),
        here="/services",
    )


def _day(one: Any) -> rx.Component:
    return card(
        rx.el.h2(one.words),
        rx.el.div(
            rx.foreach(
                one.times,
                lambda time: rx.el.button(
                    rx.el.span(time.at, class_name="number"),
                    rx.el.span(f", {time.physician}", class_name="hidden"),
                    type="button",
                    title=time.physician,
                    on_click=TimeState.choose(time.key),
                    aria_pressed=rx.cond(TimeState.chosen == time.key, "true", "false"),
                ),
            ),
            class_name="slots",
        ),
    )
