"""
How one consultation looks to its patient.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import submit
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.papers import papers, upload_form
from entrypoints.portal.components.parts import (
    actions,
    card,
    has,
    link_button,
    page_head,
    stack,
    status_sentence,
    timeline,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.papers import OFFERED_KINDS
from entrypoints.portal.pages.patient.consultation import ConsultationState


def page() -> rx.Component:
    """Status first, then what there is."""
    return patient_frame(
        phased(
            ConsultationState,
            stack(
                page_head(ConsultationState.service, back=("My consultations", "/consultations")),
                rx.el.div(
                    status_sentence(
                        ConsultationState.words,
                        ConsultationState.detail,
                        tone=ConsultationState.tone,
                    ),
                    role="status",
                ),
                rx.foreach(
                    ConsultationState.stops,
                    lambda words: rx.el.p(words, class_name="status harm"),
                ),
                notices(ConsultationState),
                rx.cond(
                    ConsultationState.onward != "",
                    actions(
                        link_button(
                            ConsultationState.onward_words,
                            ConsultationState.onward,
                            look="primary",
                        )
                    ),
                ),
                rx.foreach(ConsultationState.prescriptions, prescription_card),
                _advice(),
                _follow_ups(),
                _letters(),
                _papers(),
                _payment(),
                card(rx.el.h2("What happened"), timeline(ConsultationState.happenings)),
                rx.cond(
                    ConsultationState.may_move,
                    rx.el.div(link_button("Move this visit", f"{ConsultationState.address}/move")),
                ),
                rx.cond(
                    ConsultationState.may_cancel,
                    rx.el.div(
                        link_button(
                            "Cancel this consultation",
                            f"{ConsultationState.address}/cancel",
                            look="quiet",
                        )
                    ),
                ),
                class_name="wide",
            ),
        ),
        here="/consultations",
    )


def prescription_card(one: Any) -> rx.Component:
    """What was prescribed, how to take it, and where it is."""
    return card(
        rx.el.h2("Your prescription"),
        rx.el.ul(
            rx.foreach(
                one.medicines,
                lambda medicine: rx.el.li(
                    rx.el.p(medicine.title, class_name="title"),
                    rx.el.p(medicine.instructions),
                    rx.el.p(medicine.amount, class_name="small-text"),
                    class_name="stack tight",
                ),
            ),
            class_name="stack",
        ),
        status_sentence(one.words, one.detail, tone=one.tone),
        actions(
            link_button("Details and pharmacy", one.address),
        ),
        rx.el.p(f"Signed {one.signed}", class_name="small-text"),
    )


def _advice() -> rx.Component:
    return rx.cond(
        ConsultationState.advice != "",
        card(
            rx.el.h2("Your physician's advice"),
            rx.el.p(ConsultationState.advice, class_name="prose"),
        ),
    )


def _follow_ups() -> rx.Component:
    return rx.cond(
        has(ConsultationState.follow_ups),
        card(rx.el.h2("Follow-up"), timeline(ConsultationState.follow_ups)),
    )


def _letters() -> rx.Component:
    return rx.cond(
        ConsultationState.talks,
        card(
            rx.el.h2("Messages"),
            rx.cond(
                has(ConsultationState.letters),
                rx.el.ul(
                    rx.foreach(ConsultationState.letters, letter),
                    class_name="messages",
                    aria_live="polite",
                ),
                rx.el.p("Nothing was written yet.", class_name="soft"),
            ),
            rx.el.form(
                rx.el.div(
                    rx.el.label("Write a message", html_for="body"),
                    rx.el.textarea(
                        id="body",
                        name="body",
                        required=True,
                        max_length=5000,
                        key=ConsultationState.sent,
                    ),
                    class_name="field",
                ),
                submit("Send", disabled=ConsultationState.busy),
                on_submit=ConsultationState.send,
                class_name="stack",
            ),
        ),
    )


def _papers() -> rx.Component:
    return rx.cond(
        ConsultationState.talks | has(ConsultationState.papers),
        card(
            rx.el.h2("Documents"),
            papers(ConsultationState.papers, none="No documents are attached."),
            rx.cond(ConsultationState.talks, upload_form(ConsultationState.address, OFFERED_KINDS)),
        ),
    )


def _payment() -> rx.Component:
    return rx.cond(
        has(ConsultationState.movements),
        card(
            rx.el.h2("Payment"),
            rx.el.ul(rx.foreach(ConsultationState.movements, _movement), class_name="stack"),
        ),
    )


def _movement(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(one.words, class_name="title"),
            rx.el.span(one.when, class_name="small-text"),
            class_name="stack tight",
        ),
        rx.el.span(one.amount, class_name="amount"),
        class_name="row between",
    )


def letter(one: Any) -> rx.Component:
    """A message on its writer's side."""
    return rx.el.li(
        rx.el.span(one.body),
        rx.el.span(f"{one.who}, {one.when}", class_name="small-text"),
        class_name=rx.cond(one.mine, "message mine", "message"),
    )
