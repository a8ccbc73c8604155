"""
Opening an account: as a patient, or to apply as a physician.

The forms are native, because they end with a cookie. What is typed is kept in the tab as
it is typed, so that a refusal costs nobody their work; the password is never kept.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import (
    choice_field,
    native_form,
    submit,
    text_field,
    tick,
)
from entrypoints.portal.components.frames import public_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import card, page_head
from entrypoints.portal.components.phases import page_skeleton
from entrypoints.portal.places import LANGUAGES, PLACES, SPECIALTIES
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import READY, PageState, begin
from entrypoints.portal.states.session import SessionState

REGISTER_ROUTE = "/register"
APPLY_ROUTE = "/apply"

_KEPT = frozenset({"given_name", "family_name", "email", "phone", "date_of_birth", "sex", "place"})
_PROBLEMS = {
    "expired": "The page had been open for too long. Please send it again.",
    "email_taken": "There is already an account with this e-mail address. Sign in instead.",
    "weak_password": "Choose a longer password that is hard to guess: at least 12 characters.",
    "impossible_birth_date": "Check the date of birth.",
    "unreadable_date": "Give the date of birth as day, month and year.",
    "malformed_contact": "Check the e-mail address and the phone number with its country code.",
    "malformed_name": "Write both your given and your family name.",
    "malformed_application": "Choose at least one specialty and one language.",
    "malformed_jurisdiction": "Choose where you are.",
    "unknown_choice": "Choose one of the answers in each list.",
}
_OTHERWISE = "This did not work. Check what you entered and send it again."
_SEXES = [
    ("", "Choose"),
    ("female", "Female"),
    ("male", "Male"),
    ("other", "Other"),
    ("unknown", "I prefer not to say"),
]


class JoiningState(PageState, rx.State):
    """What was typed so far, and what was wrong with the last try."""

    typed: dict[str, str] = {}
    told: str = ""

    @allowed(Audience.ANYBODY)
    async def load(self) -> Any:
        """Show the form, with what was typed before a refusal or a lost connection."""
        query = self.router.url.query_parameters
        problem = query.get("problem", "")
        kept = dict(self.typed)
        await begin(self)
        self.typed = {name: kept.get(name, "") for name in sorted(_KEPT)}
        self.told = _PROBLEMS.get(problem, _OTHERWISE) if problem else ""
        self.phase = READY
        session = await self.get_state(SessionState)
        return rx.redirect("/") if session.signed_in else None

    @allowed(Audience.ANYBODY)
    async def keep(self, name: str, value: str) -> None:
        """Keep one field as it is left."""
        if name in _KEPT and isinstance(value, str):
            self.typed = {**self.typed, name: value[:300]}


def register_page() -> rx.Component:
    """Become a patient."""
    return _page(
        "Create your account",
        "We need this to treat you safely, and for nothing else.",
        _register_form(),
        "Are you a physician? ",
        link("Apply here", APPLY_ROUTE),
    )


def apply_page() -> rx.Component:
    """Apply as a physician."""
    return _page(
        "Apply as a physician",
        "Afterwards a checklist shows what is still needed, and who has to act.",
        _apply_form(),
        "Looking for care? ",
        link("Create a patient account", REGISTER_ROUTE),
    )


def _page(title: str, lead: str, form: rx.Component, *other: Any) -> rx.Component:
    return public_frame(
        page_head(title, lead),
        rx.el.div(
            rx.cond(
                JoiningState.told != "",
                rx.el.div(
                    rx.icon("triangle-alert", size=20, aria_hidden="true"),
                    rx.el.span(JoiningState.told),
                    class_name="status harm",
                ),
            ),
            role="alert",
        ),
        rx.cond(JoiningState.phase == READY, card(form), page_skeleton(rows=2)),
        rx.el.p(*other, ". ", link("Sign in", "/sign-in"), class_name="small-text"),
    )


def _kept(label: str, name: str, **properties: Any) -> rx.Component:
    return text_field(
        label,
        name,
        default_value=JoiningState.typed[name],
        on_blur=lambda value: JoiningState.keep(name, value),
        **properties,
    )


def _account_fields() -> list[rx.Component]:
    return [
        rx.el.input(type="hidden", name="zone", value=SessionState.zone, read_only=True),
        rx.el.div(
            _kept("Given name", "given_name", auto_complete="given-name", required=True),
            _kept("Family name", "family_name", auto_complete="family-name", required=True),
            class_name="fields",
        ),
        _kept("E-mail address", "email", type="email", auto_complete="email", required=True),
        text_field(
            "Password",
            "password",
            type="password",
            auto_complete="new-password",
            required=True,
            min_length=12,
            hint="At least 12 characters. A few words in a row are easy to remember.",
        ),
    ]


def _chosen(label: str, name: str, options: list[tuple[str, str]], **more: Any) -> rx.Component:
    return choice_field(
        label,
        name,
        options,
        default_value=JoiningState.typed[name],
        on_change=lambda value: JoiningState.keep(name, value),
        required=True,
        **more,
    )


def _register_form() -> rx.Component:
    return native_form(
        *_account_fields(),
        rx.el.div(
            _kept(
                "Date of birth", "date_of_birth", type="date", auto_complete="bday", required=True
            ),
            _chosen("Sex", "sex", _SEXES, hint="As in your medical record."),
            class_name="fields",
        ),
        _chosen(
            "Where you are",
            "place",
            [("", "Choose"), *PLACES],
            hint="Your physician must be licensed there.",
        ),
        _kept(
            "Mobile number",
            "phone",
            type="tel",
            auto_complete="tel",
            hint="With its country code, such as +61 412 345 678. Optional, for reminders.",
        ),
        submit("Create account", disabled=SessionState.form_token == ""),
        action="/auth/register",
        class_name="stack",
    )


def _apply_form() -> rx.Component:
    return native_form(
        *_account_fields(),
        rx.el.fieldset(
            rx.el.legend("Specialties"),
            rx.el.div(
                *[_option("specialty", code, words) for code, words in SPECIALTIES],
                class_name="choices",
            ),
            class_name="stack tight",
        ),
        rx.el.fieldset(
            rx.el.legend("Languages in which you treat patients"),
            rx.el.div(
                *[_option("language", code, words) for code, words in LANGUAGES],
                class_name="choices",
            ),
            class_name="stack tight",
        ),
        submit("Apply", disabled=SessionState.form_token == ""),
        action="/auth/apply",
        class_name="stack",
    )


def _option(name: str, code: str, words: str) -> rx.Component:
    return tick(words, name, value=code, identifier=f"{name}-{code}")
