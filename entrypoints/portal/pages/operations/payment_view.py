"""
How one payment looks to staff.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import long_text, submit, text_field, tick
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
    status_sentence,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.payment import StaffPaymentState


def page() -> rx.Component:
    """What was taken and given back, then the next refund."""
    return operations_frame(
        phased(
            StaffPaymentState,
            stack(
                page_head(
                    "Payment",
                    StaffPaymentState.reference,
                    back=("Payments", "/operations/payments"),
                ),
                notices(StaffPaymentState),
                rx.cond(StaffPaymentState.review != "", _review()),
                rx.el.div(
                    stack(_facts(), _refunds(), class_name="wide"),
                    rx.cond(
                        StaffPaymentState.quote != "",
                        _confirm(),
                        rx.cond(StaffPaymentState.may_refund, _ask()),
                    ),
                    class_name="split",
                ),
                class_name="wide",
            ),
        ),
        here="/operations/payments",
    )


def _review() -> rx.Component:
    return card(
        rx.el.div(
            status_sentence(
                StaffPaymentState.review,
                "Find out why, then say what you found.",
                tone="wait",
            ),
            role="status",
        ),
        rx.el.form(
            long_text("What you found", "note", rows=2, required=True, max_length=500),
            rx.el.div(submit("Take it off the list", look="", disabled=StaffPaymentState.busy)),
            on_submit=StaffPaymentState.end_review,
            class_name="stack",
            key=StaffPaymentState.deeds,
        ),
    )


def _facts() -> rx.Component:
    return card(
        facts(
            ("Amount", StaffPaymentState.sum),
            ("Status", StaffPaymentState.status),
            ("Taken", StaffPaymentState.captured),
            ("Given back", StaffPaymentState.refunded),
        ),
        rx.el.p(
            link(
                "What happened in the consultation",
                f"/operations/consultations/{StaffPaymentState.consultation}",
            )
        ),
    )


def _refunds() -> rx.Component:
    return rx.cond(
        has(StaffPaymentState.refunds),
        table(
            "Refunds",
            ("Asked for", "Status", "With the patient", "Amount"),
            rx.foreach(StaffPaymentState.refunds, _refund),
            amounts=1,
        ),
        rx.el.p("Nothing was refunded.", class_name="soft"),
    )


def _refund(one: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.when, class_name="number"),
        rx.el.td(tag(one.status, tone=one.tone)),
        rx.el.td(one.done, class_name="number"),
        rx.el.td(one.sum, class_name="amount"),
    )


def _ask() -> rx.Component:
    return card(
        rx.el.h2("Refund"),
        rx.el.form(
            text_field(
                rx.el.span("Amount in ", StaffPaymentState.currency),
                "amount",
                hint="Leave it empty for all that is left.",
                inputmode="decimal",
                autocomplete="off",
            ),
            tick("As goodwill: the physician keeps what they earned", "goodwill"),
            rx.el.div(submit("Show who bears it", look="", disabled=StaffPaymentState.busy)),
            on_submit=StaffPaymentState.quote_refund,
            class_name="stack",
            key=StaffPaymentState.deeds,
        ),
    )


def _confirm() -> rx.Component:
    return card(
        rx.el.h2("Refund"),
        rx.el.div(
            rx.icon("info", size=20, aria_hidden="true"),
            rx.el.div(
                rx.el.span(f"{StaffPaymentState.quote} would go back", class_name="title"),
                rx.el.ul(
                    rx.foreach(
                        StaffPaymentState.quote_shares,
                        lambda words: rx.el.li(words, class_name="small-text"),
                    )
                ),
                rx.el.span(StaffPaymentState.quote_holds, class_name="small-text"),
            ),
            class_name="status wait",
            role="status",
        ),
        rx.el.form(
            text_field("Reason, for the audit trail", "reason", required=True, max_length=500),
            actions(
                submit("Refund this", disabled=StaffPaymentState.busy),
                button(
                    "Think again", StaffPaymentState.drop_quote, disabled=StaffPaymentState.busy
                ),
            ),
            on_submit=StaffPaymentState.refund,
            class_name="stack",
        ),
    )
