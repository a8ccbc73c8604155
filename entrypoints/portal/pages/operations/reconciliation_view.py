"""
How reconciliation looks: differences first, then the sides.
"""

from typing import Any

import reflex as rx

from application.reconciliation.intake import LARGEST_FILE
from entrypoints.portal.components.forms import (
    choice_field,
    native_form,
    submit,
    text_field,
    tick,
)
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    empty,
    has,
    page_head,
    row,
    stack,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.periods import ROUTE as PERIODS
from entrypoints.portal.pages.operations.reconciliation import ROUTE, ReconciliationState
from entrypoints.portal.states.session import SessionState

_DELIMITERS = [("comma", "Comma"), ("semicolon", "Semicolon"), ("tab", "Tab")]


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
                _compare(),
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
                _statement(),
                link("Periods, and closing one", PERIODS, class_name="button"),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _compare() -> rx.Component:
    return row(
        button(
            "Compare now",
            ReconciliationState.compare,
            disabled=ReconciliationState.busy,
        ),
        rx.el.span(
            rx.cond(
                ReconciliationState.last_run != "",
                f"Compared {ReconciliationState.last_run}, and every night.",
                "Not compared yet; it runs by itself every night.",
            ),
            class_name="small-text",
        ),
    )


def _statement() -> rx.Component:
    return card(
        rx.el.h2("Take in a bank statement"),
        native_form(
            rx.el.div(
                rx.el.label("File", html_for="file"),
                rx.el.input(
                    type="file",
                    name="file",
                    id="file",
                    required=True,
                    accept=".xml,.csv,text/csv,application/xml",
                    aria_describedby="file-hint",
                    custom_attrs={"data-largest": str(LARGEST_FILE)},
                ),
                rx.el.p(
                    "camt.053, or CSV with its columns named below. The same file, or a line that "
                    "another one held, adds nothing.",
                    id="file-hint",
                    class_name="hint",
                ),
                class_name="field",
            ),
            rx.el.details(rx.el.summary("It is a CSV file"), _columns()),
            actions(submit("Take it in", look="", disabled=SessionState.form_token == "")),
            action="/files/bank-statements",
            with_files=True,
            class_name="stack",
        ),
    )


def _columns() -> rx.Component:
    return rx.el.div(
        rx.el.p("Write the heading of each column as it stands in the file.", class_name="soft"),
        rx.el.div(
            text_field("Our account", "account", hint="Its number; makes the file a CSV file."),
            text_field("Currency", "currency", default_value="AUD", max_length=3),
            text_field("Day", "booked_on", default_value="Date"),
            text_field("Form of a day", "date_format", default_value="%Y-%m-%d"),
            text_field("Amount", "amount", hint="With its sign; or name the next two."),
            text_field("Paid in", "credit"),
            text_field("Paid out", "debit"),
            text_field("Balance", "balance"),
            text_field("The bank's number of the line", "identifier"),
            text_field("References", "references", hint="With commas between them."),
            choice_field("Between columns", "delimiter", _DELIMITERS),
            choice_field("Before cents", "decimal_point", [(".", "Point"), (",", "Comma")]),
            class_name="fields",
        ),
        tick("The newest line comes first", "newest_first"),
        class_name="stack",
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
        rx.foreach(
            ReconciliationState.sources, lambda words: rx.el.p(words, class_name="small-text")
        ),
        class_name="stack tight",
    )
