"""
How prescribing looks: choices, the dose, the safety screen, and the signature under both.
"""

from typing import Any

import reflex as rx

from domain.prescriptions.dosage import Timing
from entrypoints.portal.components.forms import results, submit
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import button, card, has, status_sentence, tag
from entrypoints.portal.pages.physician.prescribing import OVERRIDE_WORDS, PrescribingState

_TIMINGS = {
    Timing.ANY: "Any time",
    Timing.WITH_FOOD: "With food",
    Timing.BEFORE_FOOD: "Before food",
    Timing.IN_THE_MORNING: "In the morning",
    Timing.AT_NIGHT: "At night",
}


def prescribing_card() -> rx.Component:
    """Everything about prescriptions in this consultation."""
    return rx.cond(
        PrescribingState.is_open | has(PrescribingState.signed) | has(PrescribingState.draft),
        card(
            rx.el.h2("Prescription"),
            rx.foreach(PrescribingState.signed, _signed),
            rx.cond(has(PrescribingState.draft), _draft()),
            rx.cond(
                PrescribingState.is_open,
                rx.cond(PrescribingState.chosen.code != "", _dose(), _search()),
            ),
        ),
    )


def _signed(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.foreach(one.medicines, _medicine), class_name="stack tight"),
        tag(one.words, tone="good"),
        class_name="row between",
    )


def _medicine(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(one.title, class_name="title"),
        rx.el.p(one.instructions),
        rx.el.p(one.amount, class_name="small-text"),
    )


def _search() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.label("Find a medicine", html_for="medicine"),
            rx.el.input(
                id="medicine",
                name="medicine",
                type="search",
                auto_complete="off",
                placeholder="Name and strength, such as sumatriptan 50",
                default_value=PrescribingState.searched,
                on_change=PrescribingState.search.debounce(250),
            ),
            class_name="field",
        ),
        results(
            rx.cond(
                has(PrescribingState.choices),
                rx.el.ul(rx.foreach(PrescribingState.choices, _choice), class_name="list"),
                rx.cond(
                    PrescribingState.searched != "",
                    rx.el.p(
                        "Nothing fits these words. Check the spelling; we do not guess.",
                        class_name="soft",
                    ),
                ),
            ),
            of="medicine",
            found_for=PrescribingState.searched,
        ),
        class_name="stack",
    )


def _choice(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(one.title, class_name="title grow"),
            rx.cond(one.controlled, tag("Controlled", tone="wait")),
            rx.el.button(
                "Choose",
                rx.el.span(f" {one.title}", class_name="hidden"),
                type="button",
                class_name="small",
                on_click=PrescribingState.choose(one.code),
            ),
            class_name="list-item",
        )
    )


def _dose() -> rx.Component:
    return rx.el.form(
        rx.el.h3(PrescribingState.chosen.title),
        rx.el.div(
            _number(f"Dose ({PrescribingState.chosen.unit})", "dose", step="any", default="1"),
            _number("Times a day", "times_per_day", default="1"),
            _number("For days", "days", required=False),
            _number("Quantity to supply", "quantity"),
            _number("Repeats", "repeats", default="0"),
            rx.el.div(
                rx.el.label("When", html_for="timing"),
                rx.el.select(
                    *[rx.el.option(words, value=one.value) for one, words in _TIMINGS.items()],
                    id="timing",
                    name="timing",
                ),
                class_name="field",
            ),
            class_name="fields",
        ),
        _tick("as_needed", "Only as needed"),
        _tick("no_substitution", "No substitution"),
        rx.el.div(
            rx.el.label("In your own words, for the patient", html_for="note"),
            rx.el.input(id="note", name="note", max_length=300),
            class_name="field",
        ),
        rx.el.div(
            submit("Add and check", disabled=PrescribingState.busy),
            button("Another medicine", PrescribingState.choose("")),
            class_name="actions",
        ),
        on_submit=PrescribingState.add_line,
        class_name="stack",
    )


def _number(
    label: Any, name: str, *, default: str = "", step: str = "1", required: bool = True
) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.input(
            id=name,
            name=name,
            type="number",
            min="0",
            step=step,
            default_value=default,
            required=required,
        ),
        class_name="field",
    )


def _tick(name: str, label: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", id=name, name=name),
        rx.el.span(label),
        class_name="row",
        html_for=name,
    )


def _draft() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            rx.el.h3("You are about to sign"),
            rx.foreach(PrescribingState.draft, _medicine),
            class_name="stack tight",
        ),
        rx.cond(
            has(PrescribingState.findings),
            rx.el.div(
                rx.el.h3("Safety screen"),
                rx.foreach(PrescribingState.findings, _finding),
                class_name="stack tight",
            ),
            rx.el.p("The safety screen found nothing.", class_name="small-text"),
        ),
        rx.cond(
            has(PrescribingState.gaps),
            rx.el.div(
                rx.icon("circle-help", size=20, aria_hidden="true"),
                rx.el.div(
                    rx.el.span("Not checked", class_name="title"),
                    rx.el.ul(rx.foreach(PrescribingState.gaps, rx.el.li)),
                ),
                class_name="status wait",
            ),
        ),
        rx.el.p(
            f"Rules {PrescribingState.rule_pack}. Your signature covers exactly this: ",
            rx.el.code(PrescribingState.shown_hash[:12]),
            class_name="small-text",
        ),
        rx.cond(
            PrescribingState.needs_code & ~PrescribingState.has_factor,
            status_sentence(
                "A controlled medicine needs your second factor.",
                link("Set it up in your account", "/account"),
                tone="wait",
            ),
        ),
        rx.cond(
            PrescribingState.needs_code & PrescribingState.has_factor,
            rx.el.div(
                rx.el.label("Code from your authenticator app", html_for="code"),
                rx.el.input(
                    id="code",
                    name="code",
                    input_mode="numeric",
                    auto_complete="one-time-code",
                    required=True,
                ),
                class_name="field",
            ),
        ),
        rx.el.div(
            submit(
                "Sign the prescription",
                disabled=PrescribingState.busy
                | (PrescribingState.needs_code & ~PrescribingState.has_factor),
            ),
            button("Check again", PrescribingState.screen_again),
            button("Discard", PrescribingState.discard, look="harm"),
            class_name="actions",
        ),
        on_submit=PrescribingState.sign,
        class_name="stack card",
    )


def _finding(one: Any) -> rx.Component:
    return rx.el.div(
        rx.icon("triangle-alert", size=20, aria_hidden="true"),
        rx.el.div(
            rx.el.span(one.message, class_name="title"),
            rx.cond(
                one.grave,
                rx.el.div(
                    rx.el.label("Why you sign it in spite of this", html_for=one.code),
                    rx.el.select(
                        rx.el.option("Choose a reason", value=""),
                        *[
                            rx.el.option(words, value=reason.value)
                            for reason, words in OVERRIDE_WORDS.items()
                        ],
                        id=one.code,
                        name=one.code,
                        required=True,
                    ),
                    class_name="field",
                ),
                rx.el.label(
                    rx.el.input(type="checkbox", id=one.code, name=one.code, required=True),
                    rx.el.span("I have read this"),
                    class_name="row",
                    html_for=one.code,
                ),
            ),
            class_name="stack tight grow",
        ),
        class_name=rx.cond(one.grave, "status harm", "status wait"),
    )
