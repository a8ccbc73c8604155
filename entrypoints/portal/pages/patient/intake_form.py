"""
How the intake looks: a question and its control, and the screen that stops it.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import native_form, submit
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.papers import file_input
from entrypoints.portal.components.parts import actions, button, count, has, page_head, stack
from entrypoints.portal.components.phases import notices, page_skeleton, phased
from entrypoints.portal.pages.patient.intake import IntakeState
from entrypoints.portal.states.session import SessionState


def page() -> rx.Component:
    """The step at hand, or what to do instead."""
    return patient_frame(
        phased(
            IntakeState,
            rx.cond(has(IntakeState.stops), _stopped(), _step()),
            skeleton=page_skeleton(rows=3),
        ),
        here="/services",
    )


def _step() -> rx.Component:
    last = IntakeState.step + 1 == count(IntakeState.steps)
    return stack(
        page_head(IntakeState.service, back=("All services", "/services")),
        rx.el.div(
            rx.el.p(
                f"Step {IntakeState.step + 1} of {count(IntakeState.steps)}",
                class_name="small-text",
            ),
            rx.el.div(
                rx.foreach(
                    IntakeState.steps,
                    lambda index: rx.el.span(
                        class_name=rx.cond(index <= IntakeState.step, "done", "")
                    ),
                ),
                class_name="steps-bar",
                aria_hidden="true",
            ),
            class_name="steps",
        ),
        notices(IntakeState),
        rx.el.section(
            rx.el.h2(
                IntakeState.title, tab_index=-1, custom_attrs={"data-focus": IntakeState.step}
            ),
            rx.el.div(
                rx.foreach(IntakeState.questions, _question),
                class_name="stack wide",
                key=IntakeState.step,
            ),
            class_name="card wide",
        ),
        actions(
            button(
                rx.cond(last, "Continue", "Next"),
                IntakeState.go_on,
                look="primary",
                disabled=IntakeState.busy,
            ),
            rx.cond(IntakeState.step > 0, button("Back", IntakeState.go_back)),
        ),
        rx.el.p(IntakeState.saved, class_name="small-text", role="status"),
        class_name="wide",
    )


def _stopped() -> rx.Component:
    return stack(
        page_head("Please get help in person now"),
        rx.foreach(
            IntakeState.stops,
            lambda words: rx.el.div(
                rx.icon("triangle-alert", size=22, aria_hidden="true"),
                rx.el.p(words),
                class_name="status harm",
                role="alert",
            ),
        ),
        rx.el.p(
            "Call your local emergency number, or go to the nearest emergency department. "
            "In Australia call 000, in Europe 112, in the United States 911.",
        ),
        rx.el.p(
            "You have not been charged. If an answer was a slip, go back and change it.",
            class_name="soft",
        ),
        actions(
            button("I understand", IntakeState.stop, look="primary"),
            button("Change my answer", IntakeState.go_back),
        ),
        rx.el.details(
            rx.el.summary("The questions of this step"),
            rx.el.div(rx.foreach(IntakeState.questions, _question), class_name="stack"),
            class_name="card",
        ),
        class_name="wide",
    )


def _question(question: Any) -> rx.Component:
    return rx.match(
        question.kind,
        ("display", rx.el.p(question.text, class_name="soft")),
        ("choice", _choice_question(question, "radio")),
        ("choices", _choice_question(question, "checkbox")),
        ("text", _typed_question(question, long=True)),
        ("integer", _typed_question(question, type="number", step="1")),
        ("decimal", _typed_question(question, type="number", step="any")),
        ("date", _typed_question(question, type="date")),
        ("attachment", _file_question(question)),
        rx.fragment(),
    )


def _choice_question(question: Any, kind: str) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(question.text, _optional(question)),
        _help(question),
        rx.el.div(
            rx.foreach(
                question.choices,
                lambda choice: rx.el.label(
                    rx.el.input(
                        type=kind,
                        name=question.link_id,
                        value=choice.code,
                        checked=choice.chosen,
                        id=f"{question.link_id}-{choice.code}",
                        on_change=lambda _: IntakeState.answer(question.link_id, choice.code),
                    ),
                    rx.el.span(choice.words),
                    class_name="choice",
                    html_for=f"{question.link_id}-{choice.code}",
                ),
            ),
            class_name="choices",
        ),
        _mistake(question),
        id=question.link_id,
        tab_index=-1,
        custom_attrs=_needs_focus(question),
        class_name="field",
    )


def _typed_question(question: Any, *, long: bool = False, **properties: Any) -> rx.Component:
    control = rx.el.textarea if long else rx.el.input
    if properties.get("type") == "number":
        properties |= {"min": question.minimum, "max": question.maximum}
    return rx.el.div(
        rx.el.label(question.text, _unit(question), _optional(question), html_for=question.link_id),
        _help(question),
        control(
            id=question.link_id,
            name=question.link_id,
            default_value=question.value,
            on_blur=lambda typed: IntakeState.answer(question.link_id, typed),
            aria_invalid=rx.cond(question.mistake != "", "true", "false"),
            aria_describedby=f"{question.link_id}-mistake",
            custom_attrs=_needs_focus(question),
            **properties,
        ),
        _mistake(question),
        class_name="field",
    )


def _file_question(question: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            question.text, _optional(question), class_name="label", id=f"{question.link_id}-name"
        ),
        _help(question),
        rx.foreach(
            question.files,
            lambda _: rx.el.p(
                rx.icon("paperclip", size=16, aria_hidden="true"),
                "A file is attached.",
                class_name="row small-text",
            ),
        ),
        native_form(
            rx.el.input(
                type="hidden",
                name="back",
                value=f"{IntakeState.address}/intake?question={question.link_id}",
                read_only=True,
            ),
            rx.el.input(
                type="hidden", name="consultation", value=IntakeState.address, read_only=True
            ),
            file_input(
                question.link_id,
                aria_labelledby=f"{question.link_id}-name",
                custom_attrs=_needs_focus(question),
            ),
            submit("Attach", look="", disabled=SessionState.form_token == ""),
            action="/files/documents",
            with_files=True,
            class_name="row",
        ),
        _mistake(question),
        class_name="field",
    )


def _needs_focus(question: Any) -> dict[str, Any]:
    here = IntakeState.first_mistake == question.link_id
    return {"data-focus": rx.cond(here, IntakeState.tries, "")}


def _help(question: Any) -> rx.Component:
    return rx.cond(question.help != "", rx.el.p(question.help, class_name="hint"))


def _unit(question: Any) -> rx.Component:
    return rx.cond(question.unit != "", rx.fragment(" (", question.unit, ")"))


def _optional(question: Any) -> rx.Component:
    return rx.cond(
        question.required, None, rx.el.span(" (you may leave this out)", class_name="soft")
    )


def _mistake(question: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            question.mistake != "",
            rx.el.p(
                rx.icon("circle-alert", size=16, aria_hidden="true"),
                question.mistake,
                class_name="mistake",
            ),
        ),
        id=f"{question.link_id}-mistake",
        aria_live="polite",
    )
