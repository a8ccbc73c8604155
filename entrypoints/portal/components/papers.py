"""
Documents in a list, each a download, and the form that adds one.
"""

from typing import Any

import reflex as rx

from domain.documents import LARGEST
from entrypoints.portal.components.forms import choice_field, native_form, submit
from entrypoints.portal.components.links import file_link
from entrypoints.portal.components.parts import has, tag
from entrypoints.portal.states.session import SessionState

ACCEPTED = "image/jpeg,image/png,image/heic,application/pdf"


def papers(items: Any, *, none: str) -> rx.Component:
    """The documents; a download is offered for what was checked."""
    return rx.cond(
        has(items),
        rx.el.ul(rx.foreach(items, _paper), class_name="list", aria_live="polite"),
        rx.el.p(none, class_name="soft"),
    )


def file_input(name: str, **properties: Any) -> rx.Component:
    """A file to choose. The browser says at once when it is too large."""
    return rx.el.input(
        type="file",
        name="file",
        id=name,
        required=True,
        accept=ACCEPTED,
        custom_attrs={"data-largest": str(LARGEST), **properties.pop("custom_attrs", {})},
        **properties,
    )


def upload_form(address: Any, kinds: list[tuple[str, str]]) -> rx.Component:
    """Add a document to the consultation at this address."""
    return native_form(
        rx.el.input(type="hidden", name="back", value=address, read_only=True),
        rx.el.input(type="hidden", name="consultation", value=address, read_only=True),
        rx.el.div(
            choice_field("What is it?", "kind", kinds),
            rx.el.div(
                rx.el.label("File", html_for="file"),
                file_input("file", aria_describedby="file-hint"),
                class_name="field",
            ),
            class_name="fields",
        ),
        rx.el.p(
            "A PDF, or a JPEG, PNG or HEIC picture, up to 20 MB.", class_name="hint", id="file-hint"
        ),
        rx.el.div(submit("Attach", look="", disabled=SessionState.form_token == "")),
        action="/files/documents",
        with_files=True,
        class_name="stack",
    )


def _paper(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.icon("file-text", size=20, aria_hidden="true"),
            rx.el.div(
                rx.el.span(one.name, class_name="title break-words"),
                rx.el.span(one.detail, class_name="small-text"),
                class_name="grow",
            ),
            rx.cond(one.words != "", tag(one.words, tone=one.tone)),
            rx.cond(
                one.address != "",
                file_link(
                    "Download",
                    rx.el.span(f" {one.name}", class_name="hidden"),
                    address=one.address,
                    class_name="button small",
                ),
            ),
            class_name="list-item",
        )
    )
