"""
Signing in: a native form, so that the answer can set a cookie that no script reads.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import native_form, submit, text_field
from entrypoints.portal.components.frames import public_frame
from entrypoints.portal.components.parts import card, page_head
from entrypoints.portal.http.forms import inside
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import READY, PageState, begin
from entrypoints.portal.states.session import SessionState

ROUTE = "/sign-in"

_PROBLEMS = {
    "signed_out": "You are signed out. Close the window if others use this computer.",
    "password_chosen": "Your password is set. Sign in with it.",
    "registered": "Your account is ready. Sign in to go on.",
    "expired": "The page had been open for too long. Please try again.",
    "sign_in_locked": "Too many attempts. Please wait a few minutes before you try again.",
    "second_factor_required": "Enter the six-digit code from your authenticator app as well.",
}
_WRONG = "E-mail address and password do not go together. Check both and try again."


class SignInState(PageState, rx.State):
    """Why the last attempt failed, where to go afterwards, and whether to ask for a code."""

    after: str = "/"
    told: str = ""
    asks_code: bool = False

    @allowed(Audience.ANYBODY)
    async def load(self) -> Any:
        """Send people who are signed in on; show others the form."""
        await begin(self)
        query = self.router.url.query_parameters
        self.after = inside(query.get("next", "/"))
        problem = query.get("problem", "")
        self.told = _PROBLEMS.get(problem, _WRONG) if problem else ""
        self.asks_code = problem == "second_factor_required"
        self.phase = READY
        session = await self.get_state(SessionState)
        return rx.redirect(self.after) if session.signed_in and not problem else None


def page() -> rx.Component:
    """The sign-in form."""
    return public_frame(
        rx.el.div(
            page_head("Sign in", "To your consultations, prescriptions and messages."),
            rx.el.div(
                rx.cond(
                    SignInState.told != "",
                    rx.el.div(
                        rx.icon("info", size=20, aria_hidden="true"),
                        rx.el.span(SignInState.told),
                        class_name="status wait",
                    ),
                ),
                role="status",
            ),
            card(_form()),
            rx.el.p(
                rx.el.a("Forgot your password?", href="/forgot-password"), class_name="small-text"
            ),
            rx.el.p(
                "New to Scripted? ",
                rx.el.a("Create a patient account", href="/register"),
                " or ",
                rx.el.a("apply as a physician", href="/apply"),
                ".",
                class_name="small-text",
            ),
            class_name="stack wide sign-in",
        )
    )


def _form() -> rx.Component:
    return native_form(
        rx.el.input(type="hidden", name="next", value=SignInState.after, read_only=True),
        rx.el.input(type="hidden", name="zone", value=SessionState.zone, read_only=True),
        text_field(
            "E-mail address", "email", type="email", auto_complete="username", required=True
        ),
        text_field(
            "Password", "password", type="password", auto_complete="current-password", required=True
        ),
        rx.cond(
            SignInState.asks_code,
            text_field(
                "Code from your authenticator app",
                "code",
                input_mode="numeric",
                auto_complete="one-time-code",
            ),
        ),
        submit("Sign in", disabled=SessionState.form_token == ""),
        action="/auth/login",
        class_name="stack",
    )
