"""
Small pieces that every page is put together from: headings, cards, tags, facts, tables.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.links import link

Part = rx.Component | rx.Var[Any] | str


def has(items: Any) -> Any:
    """Whether a list of a State holds anything."""
    return count(items) > 0


def count(items: Any) -> Any:
    """How many there are in a list of a State."""
    return items.length()


def page_head(title: Part, lead: Part = "", *, back: tuple[str, str] | None = None) -> rx.Component:
    """
    The page's one heading, what it is about, and the way back.

    Args:
        back: Words and address of the page above this one.
    """
    parts: list[Any] = []
    if back is not None:
        words, address = back
        parts.append(
            link(
                rx.icon("arrow-left", size=16, aria_hidden="true"),
                words,
                address,
                class_name="back",
            )
        )
    parts.append(rx.el.h1(title))
    if not (isinstance(lead, str) and lead == ""):
        parts.append(rx.el.p(lead, class_name="lead"))
    return rx.el.header(*parts, class_name="page-head")


def card(*children: Part, class_name: str = "", **properties: Any) -> rx.Component:
    """A bounded group of things that belong together."""
    return rx.el.section(*children, class_name=f"card {class_name}".strip(), **properties)


def titled_card(title: Part, *children: Part, class_name: str = "") -> rx.Component:
    """A card that says what it holds."""
    return card(rx.el.h2(title), *children, class_name=class_name)


def stack(*children: Part, class_name: str = "") -> rx.Component:
    """Things below each other."""
    return rx.el.div(*children, class_name=f"stack {class_name}".strip())


def row(*children: Part, class_name: str = "") -> rx.Component:
    """Things beside each other, which wrap when there is no room."""
    return rx.el.div(*children, class_name=f"row {class_name}".strip())


def actions(*children: Part) -> rx.Component:
    """What can be done here; the first is the one that most people come for."""
    return rx.el.div(*children, class_name="actions")


def status_sentence(sentence: Part, detail: Part = "", *, tone: Any = "") -> rx.Component:
    """
    Where things stand, whom they wait for, and what comes next.

    Args:
        tone: `wait`, `harm`, `plain`, or nothing for good news; may be a Var.
    """
    icon = rx.match(
        tone,
        ("wait", rx.icon("clock-3", size=20, aria_hidden="true")),
        ("harm", rx.icon("triangle-alert", size=20, aria_hidden="true")),
        ("plain", rx.icon("info", size=20, aria_hidden="true")),
        rx.icon("circle-check", size=20, aria_hidden="true"),
    )
    return rx.el.div(
        icon,
        rx.el.div(
            rx.el.span(sentence, class_name="title"),
            rx.cond(detail != "", rx.el.span(detail, class_name="small-text"), None)
            if not isinstance(detail, str)
            else (rx.el.span(detail, class_name="small-text") if detail else None),
        ),
        class_name=["status", tone],
    )


def tag(words: Part, *, tone: Any = "") -> rx.Component:
    """One word about a thing. Never a code."""
    return rx.el.span(words, class_name=["tag", tone])


def facts(*pairs: tuple[Part, Part]) -> rx.Component:
    """Names and values."""
    rows: list[Any] = []
    for name, value in pairs:
        rows += [rx.el.dt(name), rx.el.dd(value)]
    return rx.el.dl(*rows, class_name="facts")


def figure(name: Part, value: Part, note: Part = "", *, main: bool = False) -> rx.Component:
    """One number that matters, with what it means."""
    return rx.el.div(
        rx.el.span(name, class_name="small-text"),
        rx.el.span(value, class_name="value"),
        rx.el.span(note, class_name="small-text"),
        class_name="figure main" if main else "figure",
    )


def table(caption: Part, columns: tuple[str, ...], body: Any, *, amounts: int = 0) -> rx.Component:
    """
    A table; on a phone each row becomes a list of its columns' names and values.

    Args:
        amounts: How many of the last columns hold amounts.
    """
    plain = len(columns) - amounts
    heads = [
        rx.el.th(name, scope="col", class_name="" if index < plain else "amount")
        for index, name in enumerate(columns)
    ]
    return rx.el.div(
        rx.el.table(rx.el.caption(caption), rx.el.thead(rx.el.tr(*heads)), rx.el.tbody(body)),
        class_name="table-wrap",
        tab_index=0,
        role="region",
        aria_label=caption,
        custom_attrs={
            "style": {f"--column-{at}": f"'{name}'" for at, name in enumerate(columns, start=1)}
        },
    )


def empty(title: str, why: Part, *next_steps: Part) -> rx.Component:
    """Nothing here yet: why, and what to do about it."""
    return rx.el.div(
        rx.el.h2(title),
        rx.el.p(why, class_name="soft"),
        *([actions(*next_steps)] if next_steps else []),
        class_name="empty",
    )


def link_button(words: Part, address: Any, *, look: str = "") -> rx.Component:
    """A link that looks like what it is: a step forward."""
    return link(words, address, class_name=f"button {look}".strip())


def button(words: Part, on_click: Any, *, look: str = "", **properties: Any) -> rx.Component:
    """Something to press that is not the form's own submit."""
    return rx.el.button(words, type="button", on_click=on_click, class_name=look, **properties)


def timeline(events: Any) -> rx.Component:
    """What happened and what comes next. Each event has `title`, `detail`, `when`, `tone`."""
    return rx.el.ol(
        rx.foreach(
            events,
            lambda event: rx.el.li(
                rx.el.span(event.title, class_name="title"),
                rx.cond(
                    event.detail != "", rx.el.span(event.detail, class_name="small-text"), None
                ),
                rx.el.span(event.when, class_name="small-text"),
                class_name=event.tone,
            ),
        ),
        class_name="timeline",
    )
