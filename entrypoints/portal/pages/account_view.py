"""
How one's own account looks.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import code_field, native_form, submit, text_field
from entrypoints.portal.components.frames import account_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    page_head,
    stack,
    status_sentence,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.account import AccountState
from entrypoints.portal.pages.passwords import CHOOSING_HINT
from entrypoints.portal.states.session import SessionState


def page() -> rx.Component:
    """Second factor, password, devices."""
    return account_frame(
        phased(
            AccountState,
            stack(
                page_head("Your account", f"{AccountState.name}, {AccountState.email}"),
                notices(AccountState),
                rx.cond(AccountState.mail_comes_back, _mail()),
                _second_factor(),
                _password(),
                _devices(),
                class_name="wide",
            ),
        )
    )


def _mail() -> rx.Component:
    return card(
        rx.el.div(
            status_sentence(
                "Letters to your address come back to us.",
                "Whatever we write to you is here as well. If the address is right, ask for a new"
                " password at sign-in: once that letter arrives, all is well. If not, tell us.",
                tone="harm",
            ),
            role="status",
        )
    )


def _second_factor() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2("Second factor"),
            rx.cond(
                AccountState.has_factor, tag("On", tone="good"), tag("Not set up", tone="wait")
            ),
            class_name="row between",
        ),
        rx.cond(
            AccountState.has_factor,
            _turn_off(),
            rx.cond(AccountState.qr != "", _set_up(), _offer()),
        ),
    )


def _offer() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "A code from an app on your phone keeps others out even if they know your password. "
            "Physicians need it to sign controlled medicines.",
            class_name="soft",
        ),
        rx.el.form(
            text_field(
                "Your password",
                "enrol_password",
                type="password",
                auto_complete="current-password",
                required=True,
            ),
            rx.el.div(submit("Set it up", disabled=AccountState.busy)),
            on_submit=AccountState.enrol,
            class_name="stack",
        ),
    )


def _set_up() -> rx.Component:
    return rx.el.div(
        rx.el.ol(
            rx.el.li("Open an authenticator app on your phone."),
            rx.el.li("Let it scan this picture, or type the key below."),
            rx.el.li("Enter the six digits that it shows."),
            class_name="numbered",
        ),
        rx.el.img(
            src=AccountState.qr,
            alt="QR code for your authenticator app. The key below says the same.",
            class_name="qr",
        ),
        rx.el.p("Key: ", rx.el.code(AccountState.secret, class_name="break-words")),
        rx.el.form(
            code_field("code"),
            actions(
                submit("Turn it on", disabled=AccountState.busy),
                button("Not now", AccountState.not_now),
            ),
            on_submit=AccountState.confirm,
            class_name="stack",
        ),
        class_name="stack",
    )


def _turn_off() -> rx.Component:
    return rx.el.form(
        rx.el.p("You are asked for a code when you sign in.", class_name="soft"),
        rx.el.details(
            rx.el.summary("Turn it off, or change to another phone"),
            rx.el.div(
                code_field("code"),
                rx.el.div(submit("Turn it off", look="harm", disabled=AccountState.busy)),
                class_name="stack",
            ),
        ),
        on_submit=AccountState.drop,
        class_name="stack",
        key=AccountState.deeds,
    )


def _password() -> rx.Component:
    return card(
        rx.el.h2("Password"),
        native_form(
            text_field(
                "Old password",
                "old_password",
                type="password",
                auto_complete="current-password",
                required=True,
            ),
            text_field(
                "New password",
                "new_password",
                type="password",
                auto_complete="new-password",
                required=True,
                min_length=12,
                hint=CHOOSING_HINT,
            ),
            rx.el.div(
                submit("Change it", look="", disabled=SessionState.form_token == ""),
            ),
            action="/auth/change-password",
            class_name="stack",
        ),
    )


def _devices() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Where you are signed in"),
        rx.el.ul(rx.foreach(AccountState.devices, _device), class_name="list"),
        rx.cond(
            AccountState.others,
            actions(
                button(
                    "Sign out everywhere else",
                    AccountState.sign_out_elsewhere,
                    look="harm",
                    disabled=AccountState.busy,
                )
            ),
            status_sentence("You are signed in nowhere else.", tone="plain"),
        ),
        class_name="stack",
    )


def _device(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(one.name, class_name="title"),
                rx.el.span(f"Since {one.since}, last seen {one.seen}", class_name="small-text"),
                class_name="grow",
            ),
            rx.cond(
                one.here,
                tag("This device", tone="good"),
                rx.el.button(
                    "Sign out",
                    rx.el.span(f" {one.name}", class_name="hidden"),
                    type="button",
                    class_name="small",
                    on_click=AccountState.sign_out_device(one.key),
                ),
            ),
            class_name="list-item",
        )
    )
