"""
The texts that a patient agrees to before the first consultation, each in full.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.patients.consents import GiveConsent
from application.patients.queries import ViewConsents
from domain.patients.consent import ConsentKind
from entrypoints.portal.components.forms import submit
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.parts import card, page_head, stack, tag
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, actor_of, ask, opening

ROUTE = "/consents"


@dataclass(frozen=True)
class ConsentText:
    """A text, and whether its newest version was agreed to."""

    kind: str
    version: int
    title: str
    body: str
    agreed: bool


class ConsentsState(PageState, rx.State):
    """The texts, and which of them are still open."""

    texts: list[ConsentText] = []
    all_agreed: bool = False

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show every text in its newest version."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PATIENT)
    async def agree(self, form: dict[str, Any]) -> Any:
        """Agree to the texts that were ticked; go on when nothing is open."""
        async with acting(self):
            actor = await actor_of(self)
            for text in self.texts:
                if not text.agreed and form.get(text.kind):
                    await ask(
                        self,
                        GiveConsent,
                        patient_id=actor.patient_id,
                        kind=ConsentKind(text.kind),
                        text_version=text.version,
                    )
            await self._fill()
            if self.all_agreed:
                return rx.redirect("/services")
            self.trouble = "Tick each text that you agree to. We need all of them to treat you."
        return None

    async def _fill(self) -> None:
        actor = await actor_of(self)
        views = await ask(self, ViewConsents, patient_id=actor.patient_id)
        self.texts = [
            ConsentText(
                kind=view.text.kind.value,
                version=view.text.version,
                title=view.text.title,
                body=view.text.body,
                agreed=view.is_in_force,
            )
            for view in views
        ]
        self.all_agreed = all(text.agreed for text in self.texts)


def page() -> rx.Component:
    """Read and agree."""
    return patient_frame(
        phased(
            ConsentsState,
            stack(
                page_head(
                    "Before your first consultation",
                    "Please read these texts. You can withdraw your consent in your profile.",
                ),
                notices(ConsentsState),
                rx.el.form(
                    rx.foreach(ConsentsState.texts, _text),
                    rx.cond(
                        ConsentsState.all_agreed,
                        None,
                        submit("Agree and go on", disabled=ConsentsState.busy),
                    ),
                    on_submit=ConsentsState.agree,
                    class_name="stack",
                ),
                class_name="wide",
            ),
        ),
        here="/profile",
    )


def _text(text: Any) -> rx.Component:
    return card(
        rx.el.h2(text.title),
        rx.el.p(text.body, class_name="prose"),
        rx.cond(
            text.agreed,
            tag("You agreed to this", tone="good"),
            rx.el.label(
                rx.el.input(type="checkbox", name=text.kind, id=text.kind),
                rx.el.span("I have read this and agree"),
                class_name="choice",
                html_for=text.kind,
            ),
        ),
    )
