"""
How a consultation looks to staff.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    facts,
    has,
    page_head,
    stack,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.consultation import TimelineState


def page() -> rx.Component:
    """What happened on the left, the money on the right."""
    return operations_frame(
        phased(
            TimelineState,
            stack(
                page_head("Consultation", TimelineState.reference, back=("Work", "/operations")),
                notices(TimelineState),
                rx.el.div(
                    _events(),
                    stack(_payment(), _cancel(), class_name="wide"),
                    class_name="split",
                ),
                class_name="wide",
            ),
        ),
        here="/operations",
    )


def _events() -> rx.Component:
    return card(
        rx.el.h2("What happened"),
        rx.el.ol(rx.foreach(TimelineState.entries, _entry), class_name="timeline"),
        rx.cond(TimelineState.has_more, rx.el.div(button("Show later ones", TimelineState.more))),
    )


def _entry(entry: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(entry.name, class_name="title"),
            rx.el.span(entry.when, class_name="small-text number"),
            class_name="row between",
        ),
        rx.cond(
            has(entry.effects),
            rx.el.ul(rx.foreach(entry.effects, _effect), class_name="stack tight"),
        ),
        rx.cond(
            has(entry.facts),
            rx.el.details(
                rx.el.summary("Details"),
                rx.el.ul(
                    rx.foreach(entry.facts, lambda fact: rx.el.li(fact, class_name="reference"))
                ),
            ),
        ),
        class_name="done",
    )


def _effect(effect: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(effect.name, class_name="small-text"),
        tag(effect.words, tone=effect.tone),
        rx.cond(effect.detail != "", rx.el.span(effect.detail, class_name="small-text")),
        rx.cond(
            effect.dead,
            rx.el.button(
                "Try again",
                rx.el.span(f" {effect.name}", class_name="hidden"),
                type="button",
                class_name="small",
                on_click=TimelineState.retry(effect.key),
            ),
        ),
        class_name="row",
    )


def _payment() -> rx.Component:
    return card(
        rx.el.h2("Payment"),
        rx.cond(
            TimelineState.payment != "",
            rx.fragment(
                facts(
                    ("Amount", TimelineState.payment),
                    ("Status", TimelineState.payment_status),
                ),
                rx.cond(
                    has(TimelineState.refunds),
                    rx.el.ul(
                        rx.foreach(
                            TimelineState.refunds,
                            lambda words: rx.el.li(words, class_name="small-text"),
                        )
                    ),
                ),
                rx.el.p(link("The payment and its refunds", _payment_address())),
            ),
            rx.el.p("Nothing was paid.", class_name="soft"),
        ),
    )


def _payment_address() -> Any:
    return f"/operations/payments/{TimelineState.reference}"


def _cancel() -> rx.Component:
    return card(
        rx.el.details(
            rx.el.summary("Call this consultation off"),
            rx.el.p("The patient gets everything back. This cannot be undone."),
            actions(
                button(
                    "Cancel the consultation",
                    TimelineState.cancel,
                    look="harm",
                    disabled=TimelineState.busy,
                )
            ),
        )
    )
