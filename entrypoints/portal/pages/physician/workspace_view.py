"""
How the workspace looks: dangers first and always in view, work beside what it is about.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import submit
from entrypoints.portal.components.frames import physician_frame
from entrypoints.portal.components.papers import papers
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    has,
    page_head,
    stack,
    status_sentence,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.patient.consultation_view import letter
from entrypoints.portal.pages.physician.prescribing_view import prescribing_card
from entrypoints.portal.pages.physician.workspace import OUTCOME_WORDS, WorkspaceState

_PARTS = (
    ("subjective", "Subjective", "What the patient tells."),
    ("objective", "Objective", "What you see and measure."),
    ("assessment", "Assessment", "What you think it is."),
    ("plan", "Plan", "What is to be done. The patient reads this as your advice."),
)


def page() -> rx.Component:
    """Dangers, then the two columns."""
    return physician_frame(
        phased(
            WorkspaceState,
            stack(
                page_head(
                    WorkspaceState.patient,
                    WorkspaceState.about,
                    back=("Queue", "/physician/queue"),
                ),
                _dangers(),
                notices(WorkspaceState),
                _start(),
                rx.el.div(
                    stack(_note(), _when_open(prescribing_card()), _finish(), class_name="wide"),
                    stack(_answers(), _papers(), _messages(), _history(), class_name="wide"),
                    class_name="split",
                ),
                class_name="wide",
            ),
        ),
        here="/physician/consultations",
    )


def _dangers() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Before anything else", class_name="hidden"),
        rx.foreach(
            WorkspaceState.red_flags,
            lambda words: rx.el.div(
                rx.icon("triangle-alert", size=20, aria_hidden="true"),
                rx.el.span(rx.el.strong("Red flag. "), words),
                class_name="status harm",
            ),
        ),
        rx.el.div(rx.foreach(WorkspaceState.known, _known), class_name="figures dangers"),
        class_name="stack tight sticky",
    )


def _known(one: Any) -> rx.Component:
    danger = (one.name == "Allergies") & has(one.names)
    return rx.el.div(
        rx.el.span(one.name, class_name="small-text"),
        rx.cond(
            has(one.names),
            rx.el.ul(rx.foreach(one.names, lambda entry: rx.el.li(entry, class_name="title"))),
            rx.cond(
                one.recorded,
                rx.el.span("None", class_name="title"),
                tag("Not asked", tone="wait"),
            ),
        ),
        class_name=rx.cond(danger, "figure danger", "figure"),
    )


def _start() -> rx.Component:
    return rx.el.div(
        status_sentence(
            WorkspaceState.service,
            WorkspaceState.status_words,
            tone=rx.cond(WorkspaceState.may_begin, "wait", ""),
        ),
        rx.cond(
            WorkspaceState.may_begin,
            actions(
                button(
                    "Begin",
                    WorkspaceState.begin,
                    look="primary",
                    disabled=WorkspaceState.busy,
                ),
                button("Give it back to the queue", WorkspaceState.give_back),
                button("Cannot be treated online", WorkspaceState.decline, look="harm"),
            ),
        ),
        class_name="stack",
    )


def _note() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2("Note"),
            rx.cond(
                WorkspaceState.note_signed != "",
                tag(f"Signed {WorkspaceState.note_signed}", tone="good"),
            ),
            class_name="row between",
        ),
        rx.cond(
            WorkspaceState.is_open & (WorkspaceState.note_signed == ""),
            rx.el.div(
                *[_note_part(part, name, hint) for part, name, hint in _PARTS],
                rx.el.p(WorkspaceState.saved, class_name="small-text", role="status"),
                actions(
                    button("Sign the note", WorkspaceState.sign_note, disabled=WorkspaceState.busy)
                ),
                class_name="stack",
            ),
            rx.el.div(
                *[
                    rx.cond(
                        getattr(WorkspaceState, part) != "",
                        rx.el.div(
                            rx.el.h3(name),
                            rx.el.p(getattr(WorkspaceState, part), class_name="prose"),
                        ),
                    )
                    for part, name, _ in _PARTS
                ],
                rx.foreach(
                    WorkspaceState.addenda,
                    lambda text: rx.el.p(f"Added later: {text}", class_name="prose"),
                ),
                rx.cond(
                    WorkspaceState.may_begin,
                    rx.el.p("You can write once you have begun.", class_name="soft"),
                ),
                class_name="stack",
            ),
        ),
    )


def _note_part(part: str, name: str, hint: str) -> rx.Component:
    return rx.el.div(
        rx.el.label(name, html_for=part),
        rx.el.p(hint, class_name="hint", id=f"{part}-hint"),
        rx.el.textarea(
            id=part,
            name=part,
            default_value=getattr(WorkspaceState, part),
            rows=3,
            aria_describedby=f"{part}-hint",
            on_blur=lambda text: WorkspaceState.write_part(part, text),
        ),
        class_name="field",
    )


def _when_open(content: rx.Component) -> rx.Component:
    return rx.cond(
        WorkspaceState.is_open | (WorkspaceState.status == "completed"), content, rx.fragment()
    )


def _finish() -> rx.Component:
    return rx.cond(
        WorkspaceState.is_open,
        card(
            rx.el.h2("Finish"),
            rx.el.form(
                rx.el.fieldset(
                    rx.el.legend("Outcome"),
                    rx.el.div(
                        *[
                            rx.el.label(
                                rx.el.input(
                                    type="radio",
                                    name="outcome",
                                    id=f"outcome-{outcome.value}",
                                    value=outcome.value,
                                    required=True,
                                ),
                                rx.el.span(words),
                                class_name="choice",
                                html_for=f"outcome-{outcome.value}",
                            )
                            for outcome, words in OUTCOME_WORDS.items()
                        ],
                        class_name="choices",
                    ),
                    class_name="field",
                ),
                rx.el.div(
                    _text("follow_up_days", "Follow-up in days", type="number", min=1, max=365),
                    _text("follow_up_words", "What to come back for"),
                    class_name="fields",
                ),
                submit("Complete the consultation", disabled=WorkspaceState.busy),
                on_submit=WorkspaceState.complete,
                class_name="stack",
            ),
        ),
    )


def _text(name: str, label: str, **properties: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, rx.el.span(" (optional)", class_name="soft"), html_for=name),
        rx.el.input(id=name, name=name, **properties),
        class_name="field",
    )


def _answers() -> rx.Component:
    return card(
        rx.el.h2("What the patient answered"),
        rx.cond(
            has(WorkspaceState.answers),
            rx.el.dl(
                rx.foreach(
                    WorkspaceState.answers,
                    lambda one: rx.el.div(
                        rx.el.dt(one.name, class_name="small-text"),
                        rx.el.dd(one.value, class_name="prose"),
                    ),
                ),
                class_name="stack",
            ),
            rx.el.p("No questions were answered.", class_name="soft"),
        ),
    )


def _papers() -> rx.Component:
    return card(
        rx.el.h2("Documents"),
        papers(WorkspaceState.papers, none="The patient has attached nothing."),
    )


def _messages() -> rx.Component:
    return card(
        rx.el.h2("Messages"),
        rx.cond(
            has(WorkspaceState.letters),
            rx.el.ul(
                rx.foreach(WorkspaceState.letters, letter),
                class_name="messages",
                aria_live="polite",
            ),
            rx.el.p("Nothing was written yet.", class_name="soft"),
        ),
        rx.el.form(
            rx.el.div(
                rx.el.label("Write to the patient", html_for="body"),
                rx.el.textarea(
                    id="body", name="body", required=True, max_length=5000, key=WorkspaceState.sent
                ),
                class_name="field",
            ),
            submit("Send", look="", disabled=WorkspaceState.busy),
            on_submit=WorkspaceState.send,
            class_name="stack",
        ),
    )


def _history() -> rx.Component:
    return rx.fragment(
        rx.cond(
            has(WorkspaceState.follow_ups),
            card(rx.el.h2("Follow-up"), _facts(WorkspaceState.follow_ups)),
        ),
        rx.cond(
            has(WorkspaceState.history),
            card(rx.el.h2("Earlier consultations"), _facts(WorkspaceState.history)),
        ),
    )


def _facts(facts: Any) -> rx.Component:
    return rx.el.dl(
        rx.foreach(
            facts,
            lambda one: rx.el.div(rx.el.dt(one.name, class_name="small-text"), rx.el.dd(one.value)),
        ),
        class_name="stack tight",
    )
