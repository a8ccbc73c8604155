"""
What a patient can choose from: name, price, and how soon a physician answers.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import reflex as rx

from application.catalogue.queries import ListServices, ServiceSummary
from application.consultations.queries import ListMyConsultations
from application.patients.queries import ViewPatient
from domain.catalogue.service import Mode
from domain.consultations.consultation import ConsultationStatus
from domain.shared.ids import to_wire
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import empty, has, page_head, row, stack, tag
from entrypoints.portal.components.phases import notices, page_skeleton, phased
from entrypoints.portal.places import place_name
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, actor_of, ask, opening
from entrypoints.portal.words import amount, span

ROUTE = "/services"

MODE_WORDS = {Mode.ASYNC: "In writing", Mode.VIDEO: "Video visit", Mode.PHONE: "Phone call"}
MODE_ICONS = {Mode.ASYNC: "message-square-text", Mode.VIDEO: "video", Mode.PHONE: "phone"}


@dataclass(frozen=True)
class ServiceCard:
    """A service as a card."""

    address: str
    name: str
    summary: str
    mode: str
    mode_words: str
    price: str
    promise: str


@dataclass(frozen=True)
class Draft:
    """An intake that was begun and not sent."""

    address: str
    words: str


class ServicesState(PageState, rx.State):
    """The services that are offered where the patient is, and what they left unfinished."""

    services: list[ServiceCard] = []
    drafts: list[Draft] = []
    place: str = ""

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show them."""
        async with opening(self):
            await self._fill()

    async def _fill(self) -> None:
        actor = await actor_of(self)
        patient = await ask(self, ViewPatient, patient_id=actor.patient_id)
        self.place = place_name(patient.place.code)
        found = await ask(self, ListServices, place=patient.place.code)
        self.services = [_card(service) for service in found.items]
        mine = await ask(self, ListMyConsultations)
        self.drafts = [
            Draft(
                address=f"/consultations/{to_wire('consultation', one.consultation_id)}/intake",
                words=one.service_name,
            )
            for one in mine.items
            if one.status is ConsultationStatus.DRAFT
        ]


def promise_words(
    *, mode: Mode, promised_response: timedelta | None, duration: timedelta | None
) -> str:
    """How soon, or how long, in one line."""
    if mode is Mode.ASYNC and promised_response is not None:
        return f"A physician answers within {span(promised_response)}"
    if duration is not None:
        return f"{span(duration)}, at a time that you choose"
    return "At a time that you choose"


def _card(service: ServiceSummary) -> ServiceCard:
    return ServiceCard(
        address=f"/services/{to_wire('service', service.service_id)}",
        name=service.name,
        summary=service.summary,
        mode=service.mode.value,
        mode_words=MODE_WORDS[service.mode],
        price=amount(service.price),
        promise=promise_words(
            mode=service.mode,
            promised_response=service.promised_response,
            duration=service.duration,
        ),
    )


def page() -> rx.Component:
    """The catalogue."""
    return patient_frame(
        phased(
            ServicesState,
            stack(
                page_head("What can we help you with?", f"Offered in {ServicesState.place}."),
                notices(ServicesState),
                rx.foreach(ServicesState.drafts, _draft),
                rx.cond(
                    has(ServicesState.services),
                    rx.el.ul(rx.foreach(ServicesState.services, _service), class_name="stack"),
                    empty(
                        "Nothing is offered where you are yet",
                        "Our physicians are not licensed there. If you have moved, "
                        "change where you are in your profile.",
                        link("Open your profile", "/profile", class_name="button"),
                    ),
                ),
                class_name="wide",
            ),
            skeleton=page_skeleton(rows=4),
        ),
        here=ROUTE,
    )


def _draft(draft: Any) -> rx.Component:
    return link(
        rx.icon("pencil-line", size=20, aria_hidden="true"),
        rx.el.span(
            rx.el.span("Finish what you began", class_name="title"),
            rx.el.span(draft.words, class_name="small-text"),
            class_name="grow",
        ),
        rx.icon("chevron-right", size=18, aria_hidden="true"),
        draft.address,
        class_name="list-item card-link status wait",
    )


def _service(service: Any) -> rx.Component:
    return rx.el.li(
        link(
            row(
                rx.el.h2(service.name),
                rx.el.span(service.price, class_name="price"),
                class_name="between",
            ),
            rx.el.p(service.summary, class_name="soft"),
            row(
                tag(
                    rx.fragment(
                        rx.match(
                            service.mode,
                            ("video", rx.icon("video", size=14, aria_hidden="true")),
                            ("phone", rx.icon("phone", size=14, aria_hidden="true")),
                            rx.icon("message-square-text", size=14, aria_hidden="true"),
                        ),
                        service.mode_words,
                    )
                ),
                rx.el.span(service.promise, class_name="small-text"),
            ),
            service.address,
            class_name="card card-link",
        )
    )
