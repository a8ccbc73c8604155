"""
How one dispute looks: the time limit on top, then the evidence, then what happened.
"""

import reflex as rx

from domain.payments.evidence import LONGEST_EXPLANATION
from entrypoints.portal.components.forms import long_text, submit, text_field
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import (
    button,
    card,
    facts,
    has,
    page_head,
    stack,
    status_sentence,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.dispute import DisputeState


def page() -> rx.Component:
    """Facts and evidence beside the history."""
    return operations_frame(
        phased(
            DisputeState,
            stack(
                page_head(
                    f"Dispute: {DisputeState.reason}",
                    DisputeState.reference,
                    back=("Disputes", "/operations/disputes"),
                ),
                notices(DisputeState),
                rx.el.div(
                    status_sentence(
                        DisputeState.status,
                        rx.el.span("Evidence until: ", DisputeState.due),
                        tone=DisputeState.tone,
                    ),
                    role="status",
                ),
                rx.cond(DisputeState.review != "", _review()),
                rx.el.div(
                    stack(
                        _facts(),
                        rx.cond(DisputeState.takes_evidence, _evidence()),
                        class_name="wide",
                    ),
                    _history(),
                    class_name="split",
                ),
                class_name="wide",
            ),
        ),
        here="/operations/payments",
    )


def _facts() -> rx.Component:
    return card(
        facts(
            ("Amount", DisputeState.sum),
            ("Held back by the processor", DisputeState.away),
            ("Owner", DisputeState.owner),
        ),
        rx.cond(
            has(DisputeState.shares),
            rx.el.ul(
                rx.foreach(
                    DisputeState.shares, lambda words: rx.el.li(words, class_name="small-text")
                )
            ),
        ),
        rx.el.p(link("The payment", f"/operations/payments/{DisputeState.payment}")),
        rx.cond(
            DisputeState.is_open & ~DisputeState.is_mine,
            rx.el.div(
                button("Take it on", DisputeState.take, disabled=DisputeState.busy),
            ),
        ),
    )


def _evidence() -> rx.Component:
    return card(
        rx.el.h2("Evidence"),
        rx.el.p(
            "It goes to the cardholder's bank. Write nothing about health, findings or medicines.",
            class_name="soft",
        ),
        rx.el.form(
            long_text(
                "Explanation",
                "explanation",
                rows=6,
                required=True,
                max_length=LONGEST_EXPLANATION,
                default_value=DisputeState.explanation,
            ),
            text_field(
                "Day of the service",
                "service_on",
                type="date",
                default_value=DisputeState.service_on,
            ),
            rx.el.details(
                rx.el.summary("What is sent along"),
                stack(
                    rx.foreach(
                        DisputeState.documents,
                        lambda words: rx.el.p(words, class_name="prose small-text"),
                    ),
                    class_name="tight",
                ),
            ),
            rx.el.div(submit("Send to the bank", disabled=DisputeState.busy)),
            on_submit=DisputeState.submit,
            class_name="stack",
            key=DisputeState.deeds,
        ),
    )


def _history() -> rx.Component:
    return card(
        rx.el.h2("What happened"),
        rx.el.ol(
            rx.foreach(
                DisputeState.history,
                lambda each: rx.el.li(
                    rx.el.div(
                        rx.el.span(each.what, class_name="title"),
                        rx.el.span(each.when, class_name="small-text number"),
                        class_name="row between",
                    ),
                    class_name="done",
                ),
            ),
            class_name="timeline",
        ),
    )


def _review() -> rx.Component:
    return card(
        rx.el.p(DisputeState.review, class_name="title"),
        rx.el.form(
            long_text("What you found", "note", rows=2, required=True, max_length=500),
            rx.el.div(submit("Take it off the list", look="", disabled=DisputeState.busy)),
            on_submit=DisputeState.end_review,
            class_name="stack",
            key=DisputeState.deeds,
        ),
    )
