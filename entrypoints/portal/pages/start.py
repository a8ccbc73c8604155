"""
The start page: sends each reader to their own part, and says what this is to others.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.frames import public_frame
from entrypoints.portal.components.parts import actions, card, link_button, page_head
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import READY, PageState, begin
from entrypoints.portal.states.session import SessionState

ROUTE = "/"

_HOMES = {"patient": "/services", "physician": "/physician/queue", "staff": "/operations"}


class StartState(PageState, rx.State):
    """Nothing but the way on."""

    @allowed(Audience.ANYBODY)
    async def load(self) -> Any:
        """Send a signed-in reader home."""
        await begin(self)
        self.phase = READY
        session = await self.get_state(SessionState)
        home = _HOMES.get(session.kind)
        return rx.redirect(home) if home else None


def page() -> rx.Component:
    """What Scripted is, for people who are not signed in."""
    return public_frame(
        page_head(
            "See a doctor without the waiting room",
            "Answer a few questions, pay, and a licensed physician takes it from there: "
            "advice, a prescription, and a pharmacy that has it ready.",
        ),
        actions(
            link_button("Create an account", "/register", look="primary"),
            link_button("Sign in", "/sign-in"),
        ),
        card(
            rx.el.h2("How it works"),
            rx.el.ol(
                _step("Choose a service", "You see the price and how soon a physician answers."),
                _step(
                    "Answer questions", "They are saved as you go. Stop and resume on any device."
                ),
                _step("Pay", "You are charged when a physician takes your case, not before."),
                _step("Hear back", "Messages, notes and prescriptions stay in one place."),
                class_name="timeline",
            ),
        ),
        rx.el.p(
            "In an emergency call your local emergency number. Scripted is not for emergencies.",
            class_name="small-text",
        ),
    )


def _step(title: str, detail: str) -> rx.Component:
    return rx.el.li(
        rx.el.span(title, class_name="title"), rx.el.span(detail, class_name="small-text")
    )
