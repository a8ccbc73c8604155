"""
How the preview of a month looks: the question, then for each service the answer and its reasons.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import submit, text_field
from entrypoints.portal.components.frames import physician_frame
from entrypoints.portal.components.parts import (
    card,
    empty,
    figure,
    has,
    page_head,
    stack,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.physician.earnings import EarningsState


def page() -> rx.Component:
    """Choose a month, and see what it earns."""
    return physician_frame(
        phased(
            EarningsState,
            stack(
                page_head(
                    "What would I earn",
                    "Worked out as your real payments are, for consultations booked now. "
                    "Each service is looked at on its own.",
                    back=("Wallet", "/physician/wallet"),
                ),
                notices(EarningsState),
                rx.cond(
                    has(EarningsState.months),
                    rx.fragment(_question(), rx.foreach(EarningsState.shown, _month)),
                    empty("No service is on offer", "As soon as one is, its pay is shown here."),
                ),
                class_name="wide",
            ),
        ),
        here="/physician/wallet",
    )


def _question() -> rx.Component:
    return card(
        rx.el.form(
            rx.el.div(
                rx.el.div(
                    rx.el.label("Service", html_for="service"),
                    rx.el.select(
                        rx.el.option("All services", value=""),
                        rx.foreach(
                            EarningsState.months,
                            lambda one: rx.el.option(one.name, value=one.code),
                        ),
                        id="service",
                        name="service",
                        default_value=EarningsState.service,
                    ),
                    class_name="field",
                ),
                text_field(
                    "Consultations in a month",
                    "consultations",
                    type="number",
                    min="1",
                    max="1000",
                    required=True,
                    default_value=EarningsState.consultations,
                ),
                class_name="fields",
            ),
            submit("Work it out", disabled=EarningsState.busy),
            on_submit=EarningsState.work_out,
            class_name="stack",
        ),
    )


def _month(one: Any) -> rx.Component:
    return card(
        rx.el.h2(one.name),
        rx.el.div(
            figure("You earn in the month", one.net, main=True),
            figure("You earn for each", one.net_each),
            figure("Patients pay", one.gross, one.price + " each"),
            class_name="figures",
        ),
        _steps(one),
        _shares(one),
        rx.cond(one.left_out != "", rx.el.p(one.left_out, class_name="small-text")),
        _reasons(one),
    )


def _steps(one: Any) -> rx.Component:
    return table(
        one.name + ", step by step: the tier goes by what you delivered before in the calendar "
        "month, in your own time zone.",
        ("Consultation", "Platform share", "Commission each", "You earn each"),
        rx.foreach(
            one.steps,
            lambda step: rx.el.tr(
                rx.el.td(step.which, class_name="number"),
                rx.el.td(step.share, class_name="number"),
                rx.el.td(step.commission, class_name="amount"),
                rx.el.td(step.earning, class_name="amount"),
            ),
        ),
        amounts=2,
    )


def _shares(one: Any) -> rx.Component:
    return table(
        one.name + ": who gets what of the month.",
        ("Share", "In the month"),
        rx.fragment(
            _share("You", one.net),
            _share("Commission", one.commission),
            _share("Platform fee", one.fee),
            _share("Tax", one.tax),
            _share("Patients pay", one.gross),
        ),
        amounts=1,
    )


def _share(name: str, value: Any) -> rx.Component:
    return rx.el.tr(rx.el.td(name), rx.el.td(value, class_name="amount"))


def _reasons(one: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary("Why this plan, and what it says"),
        rx.el.div(
            rx.el.p(rx.el.span(one.plan, class_name="title")),
            rx.el.p(one.why),
            rx.el.ul(rx.foreach(one.terms, _sentence)),
            rx.el.ul(
                rx.foreach(
                    one.plans,
                    lambda plan: rx.el.li(
                        rx.el.div(
                            rx.el.span(
                                rx.el.span(plan.name, class_name="title"),
                                rx.el.span(plan.because, class_name="small-text"),
                                class_name="grow stack tight",
                            ),
                            tag(plan.words, tone=plan.tone),
                            class_name="list-item",
                        )
                    ),
                ),
                class_name="list",
            ),
            class_name="stack",
        ),
    )


def _sentence(words: Any) -> rx.Component:
    return rx.el.li(words)
