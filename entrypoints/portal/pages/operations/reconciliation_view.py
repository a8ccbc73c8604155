"""
How reconciliation looks: differences first, then the sides.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import empty, has, page_head, stack, table, tag
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.reconciliation import ROUTE, ReconciliationState


def page() -> rx.Component:
    """What somebody has to answer for, and what every side says."""
    return operations_frame(
        phased(
            ReconciliationState,
            stack(
                page_head(
                    "Reconciliation",
                    "What we, our vendors and our bank say, and every difference between them.",
                ),
                notices(ReconciliationState),
                _breaks(),
                rx.cond(
                    has(ReconciliationState.currencies),
                    rx.foreach(ReconciliationState.currencies, _currency),
                    empty(
                        "Nothing was compared yet",
                        "The comparison runs by itself once the vendors have told something.",
                    ),
                ),
                _sources(),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _breaks() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Differences"),
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    id="answered",
                    checked=ReconciliationState.answered,
                    on_change=ReconciliationState.show_answered,
                ),
                rx.el.span("Show those that were answered"),
                html_for="answered",
                class_name="row",
            ),
            class_name="row between",
        ),
        rx.cond(
            has(ReconciliationState.breaks),
            rx.el.ul(rx.foreach(ReconciliationState.breaks, _break), class_name="list"),
            rx.el.p(
                rx.cond(
                    ReconciliationState.answered,
                    "None was answered yet.",
                    "Nothing differs that somebody has to answer for.",
                ),
                class_name="soft",
            ),
        ),
        class_name="stack tight",
    )


def _break(one: Any) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.span(one.kind, class_name="title"),
                rx.el.span(one.differences, class_name="number"),
                rx.el.span(one.reason, class_name="small-text"),
                rx.el.span(one.age, " · ", one.owner, class_name="small-text"),
                class_name="grow",
            ),
            tag(one.severity, tone=one.tone),
            tag(one.status, tone=one.status_tone),
            rx.icon("chevron-right", size=18, aria_hidden="true"),
            one.address,
            class_name="list-item",
        )
    )


def _currency(one: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(f"In {one.currency}"),
        table(
            f"Balances in {one.currency}: our books, and what each place says.",
            ("Place", "Not matched", "Our books", "They state", "Their items", "Difference"),
            rx.foreach(
                one.places,
                lambda place: rx.el.tr(
                    rx.el.td(place.place),
                    rx.el.td(place.open_items),
                    rx.el.td(place.journal, class_name="amount"),
                    rx.el.td(place.stated, class_name="amount"),
                    rx.el.td(place.told, class_name="amount"),
                    rx.el.td(
                        place.difference,
                        class_name=rx.cond(place.differs, "amount title", "amount"),
                    ),
                ),
            ),
            amounts=4,
        ),
        rx.cond(
            one.suspense != "",
            rx.el.p(f"Found and not explained yet: {one.suspense}", class_name="small-text"),
        ),
        class_name="stack tight",
    )


def _sources() -> rx.Component:
    return rx.el.section(
        rx.cond(
            ReconciliationState.last_run != "",
            rx.el.p(f"Compared {ReconciliationState.last_run}", class_name="small-text"),
        ),
        rx.foreach(
            ReconciliationState.sources, lambda words: rx.el.p(words, class_name="small-text")
        ),
        class_name="stack tight",
    )
