"""
One service before it is begun: what it treats, what it costs, what is promised.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.catalogue.queries import ServiceView, ViewService
from application.consultations.intake import StartConsultation
from domain.shared.ids import to_wire
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    facts,
    page_head,
    stack,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.patient.services import MODE_WORDS, promise_words
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, id_in_address, opening
from entrypoints.portal.words import amount

ROUTE = "/services/[service_id]"


@dataclass(frozen=True)
class Rule:
    """When the patient cancels, and what comes back then."""

    when: str
    back: str


class ServiceState(PageState, rx.State):
    """A service in words."""

    name: str = ""
    summary: str = ""
    price: str = ""
    mode: str = ""
    promise: str = ""
    charged: str = ""
    rules: list[Rule] = []

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PATIENT)
    async def start(self) -> Any:
        """Begin an intake, or take up the one that was begun."""
        async with acting(self):
            consultation_id = await ask(
                self, StartConsultation, service_id=id_in_address(self, "service")
            )
            return rx.redirect(f"/consultations/{to_wire('consultation', consultation_id)}/intake")

    async def _fill(self) -> None:
        view: ServiceView = await ask(self, ViewService, service_id=id_in_address(self, "service"))
        summary = view.summary
        self.name, self.summary = summary.name, summary.summary
        self.price = amount(summary.price)
        self.mode = MODE_WORDS[summary.mode]
        self.promise = promise_words(
            mode=summary.mode,
            promised_response=summary.promised_response,
            duration=summary.duration,
        )
        self.charged = CHARGED_WORDS[view.capture_on.value]
        self.rules = [_rule(rule) for rule in view.refund_policy]


CHARGED_WORDS = {
    "claimed": "When a physician takes your case. Until then the amount is only reserved.",
    "completed": "When the consultation is finished. Until then the amount is only reserved.",
}

_WHEN_WORDS = {
    "before_claim": "Before a physician takes your case",
    "before_open": "Before the physician begins",
    "after_completion": "After the consultation",
}


def _rule(rule: Mapping[str, Any]) -> Rule:
    hours = rule.get("hours")
    when = (
        f"At least {hours} hours before your visit"
        if hours is not None
        else _WHEN_WORDS[rule["applies_when"]]
    )
    percent = rule["refund_percent"]
    back = {100: "Everything comes back", 0: "Nothing comes back"}.get(
        percent, f"{percent}% comes back"
    )
    return Rule(when=when, back=back)


def page() -> rx.Component:
    """The service, and the button that begins it."""
    return patient_frame(
        phased(
            ServiceState,
            stack(
                page_head(
                    ServiceState.name, ServiceState.summary, back=("All services", "/services")
                ),
                notices(ServiceState),
                card(
                    facts(
                        ("Price", rx.el.span(ServiceState.price, class_name="number")),
                        ("How", ServiceState.mode),
                        ("When", ServiceState.promise),
                        ("You are charged", ServiceState.charged),
                    ),
                    actions(
                        button(
                            "Begin",
                            ServiceState.start,
                            look="primary",
                            disabled=ServiceState.busy,
                        )
                    ),
                    rx.el.p(
                        "You answer some questions first. You pay at the end, and can stop "
                        "and go on later.",
                        class_name="small-text",
                    ),
                ),
                card(
                    rx.el.h2("If you change your mind"),
                    rx.el.ul(
                        rx.foreach(
                            ServiceState.rules,
                            lambda rule: rx.el.li(
                                rx.el.span(rule.back, class_name="title"),
                                rx.el.span(rule.when, class_name="small-text"),
                                class_name="stack tight",
                            ),
                        ),
                        class_name="stack",
                    ),
                    rx.el.p(
                        "If we or the physician cancel, everything comes back.",
                        class_name="small-text",
                    ),
                ),
                class_name="wide",
            ),
        ),
        here="/services",
    )
