"""
A forgotten password: asking for a link, and choosing a new password by it.

The link's token stands behind the # of the address, which browsers never send; a script of
ours puts it into the form. It never lies in a State.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import native_form, submit, text_field
from entrypoints.portal.components.frames import public_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import card, page_head, status_sentence
from entrypoints.portal.components.phases import page_skeleton
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import READY, PageState, begin
from entrypoints.portal.states.session import SessionState

FORGOT_ROUTE = "/forgot-password"
CHOOSE_ROUTE = "/choose-password"

CHOOSING_HINT = "At least 12 characters. A few words in a row are easy to remember."
_PROBLEMS = {
    "expired": "The page had been open for too long. Please send it again.",
    "malformed_contact": "Check the e-mail address.",
    "token_spent": "This link was used before or is too old. Ask for a new one.",
    "weak_password": "Choose a longer password that is hard to guess: at least 12 characters.",
}
_OTHERWISE = "This did not work. Check what you entered and send it again."


class PasswordState(PageState, rx.State):
    """Whether a link was asked for, and what was wrong with the last try."""

    told: str = ""
    sent: bool = False
    spent: bool = False

    @allowed(Audience.ANYBODY)
    async def load(self) -> None:
        """Show the form."""
        await begin(self)
        query = self.router.url.query_parameters
        problem = query.get("problem", "")
        self.told = _PROBLEMS.get(problem, _OTHERWISE) if problem else ""
        self.spent = problem == "token_spent"
        self.sent = query.get("sent") == "yes"
        self.phase = READY


def forgot_page() -> rx.Component:
    """Ask for a link."""
    return _page(
        "Forgot your password?",
        "We send you a link with which you choose a new one.",
        rx.cond(
            PasswordState.sent,
            rx.el.div(
                status_sentence(
                    "Look into your e-mail.",
                    "If there is an account with this address, a link is on its way. "
                    "It works once, for a short time.",
                    tone="plain",
                ),
                role="status",
            ),
            card(
                native_form(
                    text_field(
                        "E-mail address",
                        "email",
                        type="email",
                        auto_complete="username",
                        required=True,
                    ),
                    submit("Send the link", disabled=SessionState.form_token == ""),
                    action="/auth/forgot-password",
                    class_name="stack",
                )
            ),
        ),
    )


def choose_page() -> rx.Component:
    """Choose a password by the link of an e-mail."""
    return _page(
        "Choose your password",
        "It replaces the old one, and signs you out everywhere.",
        rx.cond(
            PasswordState.spent,
            link("Ask for a new link", FORGOT_ROUTE, class_name="button primary"),
            card(
                native_form(
                    rx.el.input(
                        type="hidden", name="token", custom_attrs={"data-from-fragment": "yes"}
                    ),
                    text_field(
                        "New password",
                        "password",
                        type="password",
                        auto_complete="new-password",
                        required=True,
                        min_length=12,
                        hint=CHOOSING_HINT,
                    ),
                    submit("Set the password", disabled=SessionState.form_token == ""),
                    action="/auth/choose-password",
                    class_name="stack",
                )
            ),
        ),
    )


def _page(title: str, lead: str, content: Any) -> rx.Component:
    return public_frame(
        rx.el.div(
            page_head(title, lead),
            rx.el.div(
                rx.cond(
                    PasswordState.told != "",
                    rx.el.div(
                        rx.icon("triangle-alert", size=20, aria_hidden="true"),
                        rx.el.span(PasswordState.told),
                        class_name="status harm",
                    ),
                ),
                role="alert",
            ),
            rx.cond(PasswordState.phase == READY, content, page_skeleton(rows=1)),
            rx.el.p(link("Back to sign-in", "/sign-in"), class_name="small-text"),
            class_name="stack wide sign-in",
        )
    )
