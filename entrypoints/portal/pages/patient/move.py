"""
Moving a booked visit to another time with the same physician.
"""

from datetime import UTC, datetime
from typing import Any

import reflex as rx

from application.consultations.viewing import ViewConsultation
from application.scheduling.booking import RescheduleAppointment
from application.scheduling.queries import FindSlots, ViewAppointment
from domain.shared.ids import to_wire
from domain.shared.jurisdiction import Jurisdiction
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    has,
    link_button,
    page_head,
    stack,
    status_sentence,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.patient.time import A_WEEK, AT_MOST, FreeDay, free_days
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    follow,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import moment_with_zone, zone_name

ROUTE = "/consultations/[consultation_id]/move"


class MoveState(PageState, rx.State):
    """The visit as it is booked, and when else its physician is free."""

    address: str = ""
    now_words: str = ""
    zone_words: str = ""
    days: list[FreeDay] = []
    chosen: str = ""
    chosen_words: str = ""
    week: int = 0

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show the first week."""
        async with opening(self):
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
    async def turn(self, weeks: int) -> None:
        """Some weeks further on, or back."""
        async with acting(self):
            self.week = max(0, self.week + (1 if weeks > 0 else -1))
            await self._fill()

    @allowed(Audience.PATIENT)
    async def move(self) -> Any:
        """Move the visit to the marked time."""
        async with acting(self):
            start = self.chosen.partition("@")[2]
            try:
                await ask(
                    self,
                    RescheduleAppointment,
                    consultation_id=id_in_address(self, "consultation"),
                    start_at=datetime.fromisoformat(start),
                )
            finally:
                # Somebody else may have been faster: show what is free by now.
                self.chosen = self.chosen_words = ""
                await self._fill()
            return rx.redirect(self.address)
        return None

    async def _fill(self) -> None:
        consultation_id = id_in_address(self, "consultation")
        follow(self, consultation_id)
        zone = await zone_here(self)
        self.address = f"/consultations/{to_wire('consultation', consultation_id)}"
        view = await ask(self, ViewConsultation, consultation_id=consultation_id)
        visit = await ask(self, ViewAppointment, consultation_id=consultation_id)
        self.now_words = (
            f"Your visit is {moment_with_zone(visit.start_at, zone)}, with {visit.physician_name}."
        )
        begin = datetime.now(UTC) + self.week * A_WEEK
        slots = await ask(
            self,
            FindSlots,
            service_id=view.summary.service_id,
            place=Jurisdiction(view.place),
            physician_id=visit.physician_id,
            from_at=begin,
            to_at=begin + A_WEEK,
            limit=AT_MOST,
        )
        self.zone_words = zone_name(zone)
        self.days = list(free_days(slots, zone))


def page() -> rx.Component:
    """What is booked, and the times to press."""
    return patient_frame(
        phased(
            MoveState,
            stack(
                page_head(
                    "Move your visit",
                    f"All times are {MoveState.zone_words}.",
                    back=("Your consultation", MoveState.address),
                ),
                status_sentence(
                    MoveState.now_words, "It stays so until you choose another time.", tone="plain"
                ),
                notices(MoveState),
                rx.cond(
                    has(MoveState.days),
                    rx.fragment(rx.foreach(MoveState.days, _day)),
                    rx.el.p("Nothing is free in this week. Look a week later.", class_name="soft"),
                ),
                actions(
                    rx.cond(MoveState.week > 0, button("Earlier", MoveState.turn(-1))),
                    button("Later", MoveState.turn(1)),
                ),
                rx.cond(MoveState.chosen != "", _confirm()),
                class_name="wide",
            ),
        ),
        here="/consultations",
    )


def _confirm() -> rx.Component:
    return card(
        rx.el.p(MoveState.chosen_words, class_name="title", role="status"),
        rx.el.p("Your old time is given to somebody else.", class_name="small-text"),
        actions(
            button("Move it", MoveState.move, look="primary", disabled=MoveState.busy),
            link_button("Keep it as it is", MoveState.address),
        ),
    )


def _day(one: Any) -> rx.Component:
    return card(
        rx.el.h2(one.words),
        rx.el.div(
            rx.foreach(
                one.times,
                lambda time: rx.el.button(
                    rx.el.span(time.at, class_name="number"),
                    type="button",
                    on_click=MoveState.choose(time.key),
                    aria_pressed=rx.cond(MoveState.chosen == time.key, "true", "false"),
                ),
            ),
            class_name="slots",
        ),
    )
