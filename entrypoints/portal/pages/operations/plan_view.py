"""
How one commission plan looks: the draft and its preview first, then every version.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import submit, text_field
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    has,
    page_head,
    stack,
    status_sentence,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.plan import PlanState
from entrypoints.portal.pages.operations.plans import ROUTE
from entrypoints.portal.pages.operations.plans_view import campaign_fields, plan_fields


def page() -> rx.Component:
    """A plan with all its versions."""
    return operations_frame(
        phased(
            PlanState,
            stack(
                page_head(PlanState.name, PlanState.about, back=("Commission plans", ROUTE)),
                notices(PlanState),
                rx.cond(PlanState.draft_number > 0, _draft()),
                rx.cond(has(PlanState.compared), _preview()),
                rx.el.h2("Versions"),
                rx.foreach(PlanState.versions, _version),
                rx.cond(PlanState.may_decide, _form()),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _draft() -> rx.Component:
    return card(
        rx.el.h2("A draft waits for a second person"),
        rx.cond(
            PlanState.hindrance != "",
            status_sentence(PlanState.hindrance, "Change the draft below.", tone="harm"),
            status_sentence(PlanState.draft_says, tone="wait"),
        ),
        rx.cond(
            PlanState.own_draft,
            rx.el.p("You wrote it, so somebody else approves it.", class_name="soft"),
            rx.cond(
                PlanState.may_decide & (PlanState.hindrance == ""),
                actions(
                    button(
                        "Approve and publish",
                        PlanState.publish,
                        look="primary",
                        disabled=PlanState.busy,
                    )
                ),
            ),
        ),
    )


def _preview() -> rx.Component:
    return card(
        rx.el.h2("What the latest version pays"),
        rx.el.form(
            text_field(
                "Consultations in a month, of each service",
                "consultations",
                type="number",
                min="1",
                max="1000",
                required=True,
                default_value=PlanState.consultations,
            ),
            submit("Work it out", look="", disabled=PlanState.busy),
            on_submit=PlanState.compare,
            class_name="stack",
        ),
        table(
            "What a physician earns in the month: by what is in force for the same bookings, and "
            "by the latest version.",
            ("Service", "In force", "Latest version", "Difference"),
            rx.foreach(
                PlanState.compared,
                lambda one: rx.el.tr(
                    rx.el.td(one.service),
                    rx.el.td(
                        one.now,
                        rx.el.div(one.now_each, class_name="small-text"),
                        class_name="amount",
                    ),
                    rx.el.td(
                        one.then,
                        rx.el.div(one.then_each, class_name="small-text"),
                        class_name="amount",
                    ),
                    rx.el.td(one.difference, class_name="amount"),
                ),
            ),
            amounts=3,
        ),
    )


def _version(one: Any) -> rx.Component:
    return card(
        rx.el.div(rx.el.h3(one.name), tag(one.words, tone=one.tone), class_name="row between"),
        rx.el.ul(rx.foreach(one.terms, _sentence)),
        rx.el.p(one.since, " · ", one.used, class_name="small-text"),
        rx.foreach(one.people, lambda words: rx.el.p(words, class_name="small-text")),
        rx.cond(PlanState.may_decide & one.may_withdraw, _withdrawal(one)),
    )


def _withdrawal(one: Any) -> rx.Component:
    name = f"reason-{one.number}"
    return rx.el.details(
        rx.el.summary("Withdraw this version"),
        rx.el.form(
            rx.el.p(
                "Bookings that were made stay as they are. What is in force ends after the notice, "
                "and the version before it applies again.",
                class_name="soft",
            ),
            rx.el.input(type="hidden", name="number", value=one.number, read_only=True),
            rx.el.div(
                rx.el.label("Why", html_for=name),
                rx.el.input(id=name, name="reason", required=True),
                class_name="field",
            ),
            submit("Withdraw", look="harm", disabled=PlanState.busy),
            on_submit=PlanState.withdraw,
            class_name="stack",
        ),
    )


def _form() -> rx.Component:
    return card(
        rx.el.h2(rx.cond(PlanState.draft_number > 0, "Change the draft", "Draft a new version")),
        rx.cond(
            PlanState.writable,
            rx.el.form(
                *plan_fields(PlanState.said),
                campaign_fields(PlanState.said),
                submit("Keep the draft", disabled=PlanState.busy),
                on_submit=PlanState.draft,
                class_name="stack",
                key=PlanState.deeds,
            ),
            rx.el.p(
                "This plan has several rules. A version of it is drafted over the API.",
                class_name="soft",
            ),
        ),
    )


def _sentence(words: Any) -> rx.Component:
    return rx.el.li(words)
