"""
How the patient's own record looks.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import submit
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    facts,
    has,
    link_button,
    page_head,
    stack,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.patient.profile import ProfileState

_PREGNANCY = [
    ("unknown", "I do not know"),
    ("not_applicable", "Does not apply to me"),
    ("not_pregnant", "Not pregnant"),
    ("pregnant", "Pregnant"),
]


def page() -> rx.Component:
    """Details, health, consents, and who opened the record."""
    return patient_frame(
        phased(
            ProfileState,
            stack(
                page_head(ProfileState.name, "What we know of you, and who has looked at it."),
                notices(ProfileState),
                card(
                    rx.el.h2("Your details"),
                    facts(
                        ("Date of birth", ProfileState.born),
                        ("E-mail", ProfileState.email),
                        ("Mobile", ProfileState.phone),
                        ("Where you are", ProfileState.place),
                        ("Times are shown in", ProfileState.zone),
                    ),
                    actions(
                        link_button("Change", "/profile/details"),
                        link_button("Password and devices", "/account"),
                    ),
                ),
                _health(),
                _consents(),
                _looks(),
                class_name="wide",
            ),
        ),
        here="/profile",
    )


def _health() -> rx.Component:
    return card(
        rx.el.h2("Your health"),
        rx.el.p(
            "Physicians check every prescription against this. Write one entry a line.",
            class_name="soft",
        ),
        rx.el.form(
            rx.foreach(ProfileState.health, _list),
            rx.el.div(
                rx.el.label("Pregnancy", html_for="pregnancy"),
                rx.el.select(
                    *[rx.el.option(words, value=value) for value, words in _PREGNANCY],
                    id="pregnancy",
                    name="pregnancy",
                    default_value=ProfileState.pregnancy,
                ),
                class_name="field",
            ),
            submit("Save", disabled=ProfileState.busy),
            on_submit=ProfileState.save_health,
            class_name="stack",
            key=ProfileState.saves,
        ),
        rx.cond(
            ProfileState.health_updated != "",
            rx.el.p(f"Last confirmed {ProfileState.health_updated}", class_name="small-text"),
        ),
    )


def _list(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(one.label, html_for=one.name),
        rx.el.textarea(id=one.name, name=one.name, default_value=one.lines, rows=2),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name=f"{one.name}_none",
                id=f"{one.name}_none",
                default_checked=one.none,
            ),
            rx.el.span("None"),
            html_for=f"{one.name}_none",
            class_name="row",
        ),
        class_name="field",
    )


def _consents() -> rx.Component:
    return card(
        rx.el.h2("What you agreed to"),
        rx.el.ul(
            rx.foreach(
                ProfileState.consents,
                lambda one: rx.el.li(
                    rx.el.div(
                        rx.el.span(one.title, class_name="title"),
                        rx.cond(
                            one.agreed,
                            rx.el.span(f"Agreed {one.when}", class_name="small-text"),
                            tag("Not agreed", tone="wait"),
                        ),
                        class_name="stack tight",
                    ),
                    rx.cond(
                        one.agreed,
                        rx.el.button(
                            "Withdraw",
                            rx.el.span(f" {one.title}", class_name="hidden"),
                            type="button",
                            class_name="small",
                            on_click=ProfileState.withdraw(one.kind),
                        ),
                        link_button("Read", "/consents", look="small"),
                    ),
                    class_name="row between",
                ),
            ),
            class_name="stack",
        ),
    )


def _looks() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Who opened your record"),
        rx.cond(
            has(ProfileState.looks),
            table(
                "Everybody but you, the latest first.",
                ("When", "Who", "What", "Why"),
                rx.foreach(
                    ProfileState.looks,
                    lambda look: rx.el.tr(
                        rx.el.td(look.when, class_name="number"),
                        rx.el.td(look.who, rx.el.div(look.role, class_name="small-text")),
                        rx.el.td(look.what),
                        rx.el.td(look.why),
                    ),
                ),
            ),
            rx.el.p("Nobody but you has opened it.", class_name="soft"),
        ),
        rx.cond(ProfileState.has_more, rx.el.div(button("Show earlier", ProfileState.more))),
        class_name="stack",
    )
