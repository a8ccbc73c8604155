"""
A patient's consultations, each with where it stands in a sentence.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.consultations.queries import ListMyConsultations
from application.consultations.views import ConsultationSummary
from domain.consultations.consultation import ConsultationStatus
from domain.shared.ids import to_wire
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import (
    button,
    empty,
    has,
    link_button,
    page_head,
    stack,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.sentences import for_patient
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    follow,
    opening,
    zone_here,
)
from entrypoints.portal.words import day, zone_of

ROUTE = "/consultations"


@dataclass(frozen=True)
class ConsultationLine:
    """A consultation in the list."""

    address: str
    service: str
    words: str
    tone: str
    began: str
    unread: str


class ConsultationsState(PageState, rx.State):
    """The list, the latest first."""

    lines: list[ConsultationLine] = []
    has_more: bool = False

    _cursor: str | None = None

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show the latest ones."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PATIENT)
    async def more(self) -> None:
        """Show older ones as well."""
        async with acting(self):
            zone = await zone_here(self)
            page = await ask(self, ListMyConsultations, cursor=self._cursor)
            self.lines = [*self.lines, *(_line(one, zone) for one in page.items)]
            self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None

    async def _fill(self) -> None:
        actor = await actor_of(self)
        if actor.patient_id is not None:
            follow(self, actor.patient_id)
        zone = await zone_here(self)
        page = await ask(self, ListMyConsultations)
        self.lines = [_line(one, zone) for one in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None


def _line(one: ConsultationSummary, zone: str) -> ConsultationLine:
    sentence = for_patient(one, zone=zone)
    address = f"/consultations/{to_wire('consultation', one.consultation_id)}"
    onward = {
        ConsultationStatus.DRAFT: "/intake",
        ConsultationStatus.AWAITING_PAYMENT: "/review",
    }.get(one.status, "")
    return ConsultationLine(
        address=address + onward,
        service=one.service_name,
        words=sentence.words,
        tone=sentence.tone,
        began=day(one.started_at.astimezone(zone_of(zone)).date()),
        unread=f"{one.unread} new" if one.unread else "",
    )


def page() -> rx.Component:
    """The list, or how to begin."""
    return patient_frame(
        phased(
            ConsultationsState,
            stack(
                page_head("My consultations"),
                notices(ConsultationsState),
                rx.cond(
                    has(ConsultationsState.lines),
                    rx.el.ul(rx.foreach(ConsultationsState.lines, _item), class_name="list"),
                    empty(
                        "You have no consultations yet",
                        "Choose a service and answer some questions to begin.",
                        link_button("See services", "/services", look="primary"),
                    ),
                ),
                rx.cond(
                    ConsultationsState.has_more,
                    rx.el.div(button("Show older ones", ConsultationsState.more)),
                ),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _item(line: Any) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.span(line.service, class_name="title"),
                rx.el.span(line.words, class_name="small-text"),
                rx.el.span(f"Begun on {line.began}", class_name="small-text"),
                class_name="grow",
            ),
            rx.cond(line.unread != "", tag(line.unread, tone="good")),
            rx.cond(line.tone == "wait", rx.icon("clock-3", size=18, aria_hidden="true")),
            rx.icon("chevron-right", size=18, aria_hidden="true"),
            line.address,
            class_name="list-item",
        )
    )
