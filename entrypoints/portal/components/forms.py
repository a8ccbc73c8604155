"""
Form controls: native ones, each with its label, its hint and its mistake.
"""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from entrypoints.portal.states.session import SessionState


class NativeForm(BaseHTML):
    """A form that the browser itself sends. Reflex's own always keeps it from doing so."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]


def native_form(
    *children: Any, action: Any, with_files: bool = False, **properties: Any
) -> rx.Component:
    """A form that is posted to one of our plain addresses, with its proof of origin."""
    if with_files:
        properties["enc_type"] = "multipart/form-data"
    return NativeForm.create(
        rx.el.input(
            type="hidden", name="form_token", value=SessionState.form_token, read_only=True
        ),
        *children,
        action=action,
        method="post",
        **properties,
    )


def field(
    label: Any,
    control: rx.Component,
    *,
    name: str,
    hint: Any = "",
    mistake: Any = "",
) -> rx.Component:
    """A control with its name, what helps to fill it in, and how to mend a mistake."""
    has_hint = not (isinstance(hint, str) and hint == "")
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.p(hint, class_name="hint", id=f"{name}-hint") if has_hint else None,
        control,
        _mistake(name, mistake),
        class_name="field",
    )


def text_field(
    label: Any, name: str, *, hint: Any = "", mistake: Any = "", **properties: Any
) -> rx.Component:
    """One line of text, a number, a date, whatever `type` says."""
    control = rx.el.input(id=name, name=name, **_described(name, hint, mistake), **properties)
    return field(label, control, name=name, hint=hint, mistake=mistake)


def code_field(id: str) -> rx.Component:
    """A code of the authenticator app. The form calls it `code`, whatever its id on the page."""
    return rx.el.div(
        rx.el.label("Code from the app", html_for=id),
        rx.el.input(
            id=id,
            name="code",
            input_mode="numeric",
            auto_complete="one-time-code",
            required=True,
            max_length=7,
        ),
        class_name="field",
    )


def long_text(
    label: Any, name: str, *, hint: Any = "", mistake: Any = "", **properties: Any
) -> rx.Component:
    """Several lines of text."""
    control = rx.el.textarea(id=name, name=name, **_described(name, hint, mistake), **properties)
    return field(label, control, name=name, hint=hint, mistake=mistake)


def choice_field(
    label: Any,
    name: str,
    options: list[tuple[str, str]],
    *,
    hint: Any = "",
    mistake: Any = "",
    **properties: Any,
) -> rx.Component:
    """A native list to choose from: pairs of value and words."""
    control = rx.el.select(
        *[rx.el.option(words, value=value) for value, words in options],
        id=name,
        name=name,
        **_described(name, hint, mistake),
        **properties,
    )
    return field(label, control, name=name, hint=hint, mistake=mistake)


def tick(label: Any, name: str, *, identifier: Any = "", **properties: Any) -> rx.Component:
    """A box to tick, with all of its words pressable."""
    return rx.el.label(
        rx.el.input(type="checkbox", id=identifier or name, name=name, **properties),
        rx.el.span(label),
        class_name="choice",
        html_for=identifier or name,
    )


def results(*children: Any, of: str, found_for: Any) -> rx.Component:
    """
    What was found for the words in a field. Nobody can press it once the field says otherwise.

    Args:
        of: The field's id.
        found_for: The words that it was found for, without the spaces around them.
    """
    return rx.el.div(*children, custom_attrs={"data-results-of": of, "data-found-for": found_for})


def submit(words: Any, *, look: str = "primary", **properties: Any) -> rx.Component:
    """The form's own button."""
    return rx.el.button(words, type="submit", class_name=look, **properties)


def _described(name: str, hint: Any, mistake: Any) -> dict[str, Any]:
    described: dict[str, Any] = {}
    if not (isinstance(hint, str) and hint == ""):
        described["aria_describedby"] = f"{name}-hint"
    if isinstance(mistake, rx.Var):
        described["aria_invalid"] = rx.cond(mistake != "", "true", "false")
        described["aria_errormessage"] = f"{name}-mistake"
    return described


def _mistake(name: str, mistake: Any) -> rx.Component | None:
    if not isinstance(mistake, rx.Var):
        return None
    return rx.el.div(
        rx.cond(
            mistake != "",
            rx.el.p(
                rx.icon("circle-alert", size=16, aria_hidden="true"), mistake, class_name="mistake"
            ),
        ),
        id=f"{name}-mistake",
        aria_live="polite",
    )
