"""
A page before, instead of, and after its content: skeleton, refusals, failures, notices.
"""

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from entrypoints.portal.components.forms import code_field, submit
from entrypoints.portal.components.parts import actions, link_button
from entrypoints.portal.states.page import FAILED, FORBIDDEN, LOADING, MISSING
from entrypoints.portal.states.session import SessionState


def phased(
    state: Any, content: rx.Component, *, skeleton: rx.Component | None = None
) -> rx.Component:
    """Show the content when it is there, else where it stands with it."""
    return rx.cond(
        SessionState.refused,
        no_permission(),
        rx.match(
            state.phase,
            (LOADING, skeleton if skeleton is not None else page_skeleton()),
            (MISSING, missing(state.trouble)),
            (FORBIDDEN, no_permission()),
            (FAILED, failed(state.trouble)),
            content,
        ),
    )


def page_skeleton(*, rows: int = 3) -> rx.Component:
    """The grey shape of a page that is on its way."""
    bars = [
        rx.el.span(style={"width": "42%", "height": "28px"}),
        rx.el.span(style={"width": "70%"}),
    ]
    bars += [rx.el.span(class_name="tall") for _ in range(rows)]
    return rx.el.div(
        *bars,
        rx.el.p("Loading", class_name="hidden"),
        class_name="skeleton",
        aria_busy="true",
    )


def missing(words: Any) -> rx.Component:
    """No such thing, or none that this reader may know of."""
    return _instead(
        "We could not find this",
        rx.cond(words != "", words, "It may have been removed, or the address is mistyped."),
        link_button("Go to the start page", "/", look="primary"),
    )


def no_permission() -> rx.Component:
    """The page is made for somebody else."""
    return _instead(
        "This page is not for your account",
        "If you think that you should see it, sign in with another account or ask support.",
        link_button("Go to the start page", "/", look="primary"),
    )


def failed(words: Any) -> rx.Component:
    """It did not work; what was entered is kept."""
    return _instead(
        "This page could not be shown",
        words,
        rx.el.button(
            "Try again",
            type="button",
            class_name="primary",
            on_click=rx.redirect(SessionState.router.url.path),
        ),
    )


def notices(state: Any) -> rx.Component:
    """
    What just happened, read out politely; what went wrong, read out at once.

    The first goes away by its button, which `forms.js` presses when something is entered.
    """
    return rx.el.div(
        rx.el.div(
            rx.el.div(
                rx.cond(
                    state.notice != "",
                    rx.el.div(
                        rx.icon("circle-check", size=20, aria_hidden="true"),
                        rx.el.span(state.notice),
                        class_name="status",
                        key=state.deed,
                    ),
                ),
                role="status",
                aria_live="polite",
            ),
            rx.cond(state.notice != "", _dismiss(state)),
            class_name="notice",
        ),
        rx.el.div(
            rx.cond(
                state.trouble != "",
                rx.el.div(
                    rx.icon("triangle-alert", size=20, aria_hidden="true"),
                    rx.el.span(state.trouble),
                    class_name="status harm",
                ),
            ),
            role="alert",
        ),
        rx.cond(state.wants_code, _code_form(state)),
        class_name="notices",
    )


def _dismiss(state: Any) -> rx.Component:
    return rx.el.button(
        rx.icon("x", size=18, aria_hidden="true"),
        rx.el.span("Dismiss this notice", class_name="hidden"),
        type="button",
        class_name="icon-button dismiss",
        on_click=state.dismiss(state.deed),
        key=state.deed,
    )


def _code_form(state: Any) -> rx.Component:
    return rx.el.form(
        rx.el.h2("Confirm that it is you"),
        rx.el.p("Your last code was a while ago. A new one keeps others from doing this."),
        code_field("step-up-code"),
        rx.el.div(submit("Confirm", disabled=state.busy)),
        on_submit=state.give_code,
        class_name="card stack",
        aria_label="Confirm that it is you",
    )


def connection_lost() -> rx.Component:
    """Shown while the websocket is down. Nothing is lost; the browser tries again by itself."""
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            rx.icon("wifi-off", size=18, aria_hidden="true"),
            "Connection lost. Trying again; what you saved is kept.",
            class_name="offline",
            role="status",
        ),
    )


def _instead(title: str, why: Any, *next_steps: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.h1(title), rx.el.p(why, class_name="soft"), actions(*next_steps), class_name="empty"
    )
