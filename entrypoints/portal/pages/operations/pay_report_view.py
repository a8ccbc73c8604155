"""
How the report of pay beside prescribing looks: what was found in words, then the figures.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import submit, text_field
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.parts import (
    card,
    empty,
    has,
    page_head,
    stack,
    status_sentence,
    table,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.pay_report import PayReportState


def page() -> rx.Component:
    """A period, and for every currency whether pay goes with prescribing."""
    return operations_frame(
        phased(
            PayReportState,
            stack(
                page_head(
                    "Pay and prescribing",
                    "No plan can ask what was prescribed. This looks whether pay goes with it all "
                    "the same. No patient is in it, and who reads it is noted.",
                    back=("Commission plans", "/operations/plans"),
                ),
                notices(PayReportState),
                card(
                    rx.el.form(
                        rx.el.div(
                            text_field(
                                "First day",
                                "since",
                                type="date",
                                default_value=PayReportState.since,
                            ),
                            text_field(
                                "Last day",
                                "until",
                                type="date",
                                default_value=PayReportState.until,
                            ),
                            class_name="fields",
                        ),
                        submit("Show the period", disabled=PayReportState.busy),
                        on_submit=PayReportState.report,
                        class_name="stack",
                    )
                ),
                rx.cond(
                    has(PayReportState.sides),
                    rx.foreach(PayReportState.sides, _side),
                    empty(
                        "Nothing was finished in this period",
                        "Choose another one, or come back when consultations were completed.",
                    ),
                ),
                class_name="wide",
            ),
        ),
        here="/operations/plans",
    )


def _side(one: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(f"In {one.currency}"),
        status_sentence(one.words, tone="plain"),
        table(
            f"Physicians paid in {one.currency}, with their pay for a consultation and their "
            "prescriptions.",
            (
                "Physician",
                "Plans",
                "Finished",
                "Prescriptions",
                "In 100",
                "Pay each",
                "Pay",
            ),
            rx.foreach(
                one.lines,
                lambda line: rx.el.tr(
                    rx.el.td(line.name),
                    rx.el.td(
                        line.plans,
                        rx.el.div(line.terms, class_name="small-text"),
                    ),
                    rx.el.td(line.finished, class_name="amount"),
                    rx.el.td(line.prescriptions, class_name="amount"),
                    rx.el.td(line.rate, class_name="amount"),
                    rx.el.td(line.each, class_name="amount"),
                    rx.el.td(line.pay, class_name="amount"),
                ),
            ),
            amounts=5,
        ),
        class_name="stack tight",
    )
