"""
How applications look.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import choice_field, submit, text_field
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    empty,
    has,
    page_head,
    stack,
    status_sentence,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.applications import (
    ApplicationsState,
    ApplicationState,
)

_SUSPENSIONS = [
    ("under_review", "Under review"),
    ("regulator", "By the regulator"),
    ("own_wish", "At their own wish"),
    ("no_licence_in_force", "No licence in force"),
]


def list_page() -> rx.Component:
    """Who applied."""
    return operations_frame(
        phased(
            ApplicationsState,
            stack(
                page_head("Applications", "Physicians who want to work here, the oldest first."),
                notices(ApplicationsState),
                rx.el.label(
                    rx.el.input(
                        type="checkbox",
                        id="everybody",
                        checked=ApplicationsState.everybody,
                        on_change=ApplicationsState.show_all,
                    ),
                    rx.el.span("Show everybody, active and suspended as well"),
                    class_name="row",
                    html_for="everybody",
                ),
                rx.cond(
                    has(ApplicationsState.applicants),
                    rx.el.ul(
                        rx.foreach(ApplicationsState.applicants, _applicant), class_name="list"
                    ),
                    empty("No open applications", "New ones appear here by themselves."),
                ),
                class_name="wide",
            ),
        ),
        here="/operations/applications",
    )


def _applicant(one: Any) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.span(one.name, class_name="title"),
                rx.el.span(one.specialties, class_name="small-text"),
                rx.el.span(one.open_steps, class_name="small-text"),
                class_name="grow",
            ),
            rx.el.span(one.age, class_name="small-text"),
            tag(one.words, tone=one.tone),
            rx.icon("chevron-right", size=18, aria_hidden="true"),
            one.address,
            class_name="list-item",
        )
    )


def page() -> rx.Component:
    """One application: steps on the left, actions on the right."""
    return operations_frame(
        phased(
            ApplicationState,
            stack(
                page_head(
                    ApplicationState.name,
                    ApplicationState.about,
                    back=("Applications", "/operations/applications"),
                ),
                notices(ApplicationState),
                rx.el.div(
                    stack(_steps(), _licences(), class_name="wide"),
                    stack(_decisions(), class_name="wide"),
                    class_name="split",
                ),
                class_name="wide",
            ),
        ),
        here="/operations/applications",
    )


def _steps() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2("Checklist"),
            tag(ApplicationState.words, tone=ApplicationState.tone),
            class_name="row between",
        ),
        rx.el.ul(
            rx.foreach(
                ApplicationState.steps,
                lambda step: rx.el.li(
                    rx.el.div(
                        rx.el.span(step.title, class_name="title"),
                        rx.cond(
                            step.missing != "",
                            rx.el.span(step.missing, class_name="small-text"),
                        ),
                        class_name="stack tight",
                    ),
                    tag(step.words, tone=step.tone),
                    class_name="row between",
                ),
            ),
            class_name="stack",
        ),
    )


def _licences() -> rx.Component:
    return card(
        rx.el.h2("Licences"),
        rx.cond(
            has(ApplicationState.licences),
            rx.el.ul(rx.foreach(ApplicationState.licences, _licence), class_name="stack"),
            rx.el.p("None was added yet.", class_name="soft"),
        ),
    )


def _licence(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(one.place, class_name="title"),
                rx.el.span(f"{one.number}. {one.until}", class_name="small-text"),
                rx.cond(one.attested != "", rx.el.span(one.attested, class_name="small-text")),
                class_name="stack tight",
            ),
            tag(one.words, tone=one.tone),
            class_name="row between",
        ),
        rx.cond(
            one.may_ask,
            rx.el.div(
                rx.el.button(
                    "Ask the registry now",
                    rx.el.span(f" about {one.number}", class_name="hidden"),
                    type="button",
                    class_name="small",
                    on_click=ApplicationState.ask_registry(one.key),
                )
            ),
        ),
        rx.cond(
            one.may_attest,
            _evidence(one, "attest", "Where you looked it up", "Confirm", ApplicationState.attest),
        ),
        rx.cond(
            one.may_refuse,
            rx.el.details(
                rx.el.summary("Refuse"),
                _evidence(one, "refuse", "Why", "Refuse", ApplicationState.refuse, look="harm"),
            ),
        ),
        class_name="stack",
    )


def _evidence(
    one: Any, what: str, label: str, words: str, on_submit: Any, *, look: str = ""
) -> rx.Component:
    identifier = f"{what}-{one.key}"
    return rx.el.form(
        rx.el.input(type="hidden", name="licence", value=one.key, read_only=True),
        rx.el.div(
            rx.el.label(label, html_for=identifier),
            rx.el.input(id=identifier, name="evidence", required=True, max_length=200),
            class_name="field",
        ),
        submit(words, look=f"small {look}".strip(), disabled=ApplicationState.busy),
        on_submit=on_submit,
        class_name="stack tight",
        key=ApplicationState.deeds,
    )


def _decisions() -> rx.Component:
    return rx.fragment(
        card(
            rx.el.h2("Contract"),
            rx.el.p(ApplicationState.contract),
            rx.cond(
                ApplicationState.may_offer,
                rx.el.form(
                    rx.el.div(
                        rx.el.label("Terms of pay", html_for="plan"),
                        rx.el.select(
                            rx.foreach(
                                ApplicationState.plans,
                                lambda plan: rx.el.option(plan.words, value=plan.key),
                            ),
                            id="plan",
                            name="plan",
                        ),
                        class_name="field",
                    ),
                    submit("Accept and offer a contract", disabled=ApplicationState.busy),
                    on_submit=ApplicationState.offer,
                    class_name="stack",
                ),
            ),
        ),
        rx.cond(
            ApplicationState.may_activate,
            card(
                status_sentence("Nothing is open any more."),
                actions(button("Activate", ApplicationState.activate, look="primary")),
            ),
        ),
        rx.cond(ApplicationState.may_suspend, _suspend()),
        rx.cond(
            ApplicationState.may_reinstate,
            card(
                rx.el.h2("Suspended"),
                rx.el.p("Their waiting cases were given to others."),
                actions(button("Reinstate", ApplicationState.reinstate)),
            ),
        ),
        rx.cond(ApplicationState.may_reject, _reject()),
    )


def _suspend() -> rx.Component:
    return card(
        rx.el.h2("Suspend"),
        rx.el.p(
            "They can take nothing new. What they have not begun goes back to the queue.",
            class_name="small-text",
        ),
        rx.el.form(
            choice_field("Reason", "reason", _SUSPENSIONS),
            submit("Suspend", look="harm", disabled=ApplicationState.busy),
            on_submit=ApplicationState.suspend,
            class_name="stack",
            key=ApplicationState.deeds,
        ),
    )


def _reject() -> rx.Component:
    return card(
        rx.el.details(
            rx.el.summary("Turn the application down"),
            rx.el.form(
                text_field("Reason, for the audit trail", "reason", required=True),
                submit("Turn down", look="harm", disabled=ApplicationState.busy),
                on_submit=ApplicationState.reject,
                class_name="stack",
            ),
        )
    )
