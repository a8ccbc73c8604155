"""
How payouts look to finance: what waits for people first, then what is held, then everything.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import (
    choice_field,
    field,
    long_text,
    submit,
    text_field,
)
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.parts import (
    button,
    card,
    count,
    empty,
    has,
    page_head,
    stack,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.payouts import CATEGORY_WORDS, ROUTE, PayoutsState


def page() -> rx.Component:
    """Decisions, holds, all payouts."""
    return operations_frame(
        phased(
            PayoutsState,
            stack(
                page_head("Payouts", "What waits for people comes first."),
                notices(PayoutsState),
                rx.el.section(
                    rx.el.h2("To agree to"),
                    rx.el.p(
                        "Large payouts are sent when two people agreed. One no is enough.",
                        class_name="small-text",
                    ),
                    rx.cond(
                        has(PayoutsState.approvals),
                        rx.fragment(rx.foreach(PayoutsState.approvals, _approval)),
                        rx.el.p("Nothing waits for approval.", class_name="soft"),
                    ),
                    class_name="stack",
                ),
                rx.el.section(
                    rx.el.h2("To look into"),
                    rx.cond(
                        has(PayoutsState.reviews),
                        rx.fragment(rx.foreach(PayoutsState.reviews, _review)),
                        rx.el.p("Nothing has to be looked into.", class_name="soft"),
                    ),
                    class_name="stack",
                ),
                _holds(),
                _all(),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _case(one: Any, *more: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(f"{one.sum} for {one.whose}"),
            tag(one.wants, tone="wait"),
            class_name="row",
        ),
        rx.el.p(one.why),
        rx.el.p(one.asked, class_name="small-text"),
        rx.cond(
            has(one.agreed),
            rx.el.ul(rx.foreach(one.agreed, rx.el.li), class_name="small-text"),
        ),
        *more,
        class_name="stack",
        key=one.key,
    )


def _approval(one: Any) -> rx.Component:
    return _case(
        one,
        rx.el.form(
            _key("payout", one.key),
            _line("What you checked", "note", f"note-{one.key}", required=False),
            rx.el.div(submit("Agree", disabled=PayoutsState.busy)),
            on_submit=PayoutsState.approve,
            class_name="stack",
            key=PayoutsState.deeds,
        ),
        rx.el.details(
            rx.el.summary("Decline"),
            rx.el.form(
                _key("payout", one.key),
                _line("Why, for the physician to read", "reason", f"no-{one.key}"),
                rx.el.div(submit("Decline and give back", look="harm", disabled=PayoutsState.busy)),
                on_submit=PayoutsState.decline,
                class_name="stack",
            ),
        ),
    )


def _review(one: Any) -> rx.Component:
    return _case(
        one,
        rx.el.form(
            _key("payout", one.key),
            _line("What you found", "reason", f"reason-{one.key}"),
            rx.el.div(submit("Let it go on", look="", disabled=PayoutsState.busy)),
            on_submit=PayoutsState.resume,
            class_name="stack",
            key=PayoutsState.deeds,
        ),
    )


def _holds() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Held for review"),
        rx.cond(
            has(PayoutsState.held),
            rx.el.ul(rx.foreach(PayoutsState.held, _held), class_name="list"),
            rx.el.p("Nothing is held.", class_name="soft"),
        ),
        rx.el.details(rx.el.summary("Hold part of a wallet"), _hold()),
        class_name="stack",
    )


def _held(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(f"{one.sum} of {one.whose}", class_name="title"),
                rx.el.span(f"{one.why}. Since {one.since}.", class_name="small-text"),
                rx.el.details(
                    rx.el.summary("Give it back now"),
                    rx.el.form(
                        _key("hold", one.key),
                        _line("What you found", "reason", f"release-{one.key}"),
                        rx.el.div(submit("Give back", look="", disabled=PayoutsState.busy)),
                        on_submit=PayoutsState.release,
                        class_name="stack",
                    ),
                ),
                class_name="grow",
            ),
            tag(f"Until {one.until}", tone="wait"),
            class_name="list-item",
        ),
    )


def _hold() -> rx.Component:
    return stack(
        rx.el.form(
            text_field(
                "Whose wallet",
                "whose",
                hint="A part of the physician's name, or the reference (ph_…).",
                required=True,
            ),
            rx.el.div(submit("Find", look="", disabled=PayoutsState.busy)),
            on_submit=PayoutsState.find,
            class_name="stack",
            key=PayoutsState.deeds,
        ),
        rx.el.p(PayoutsState.found_words, class_name="small-text", role="status"),
        rx.cond(has(PayoutsState.found), _hold_form()),
    )


def _whose() -> rx.Component:
    chosen = rx.el.select(
        rx.cond(count(PayoutsState.found) > 1, rx.el.option("Choose", value="")),
        rx.foreach(PayoutsState.found, lambda one: rx.el.option(one.words, value=one.key)),
        id="physician",
        name="physician",
        required=True,
        # Another search is another list: nobody stays chosen from the one before.
        key=PayoutsState.whose,
    )
    return field("Physician", chosen, name="physician")


def _hold_form() -> rx.Component:
    return rx.el.form(
        _whose(),
        rx.el.div(
            text_field("Amount", "amount", input_mode="decimal", required=True),
            text_field("Currency", "currency", default_value="AUD", required=True, max_length=3),
            choice_field(
                "Why, as the physician reads it",
                "category",
                [(category.value, words) for category, words in CATEGORY_WORDS.items()],
            ),
            text_field("Until the end of", "until", type="date", required=True),
            class_name="fields",
        ),
        long_text("Why, for the audit trail", "reason", rows=2, required=True),
        rx.el.div(submit("Hold it", disabled=PayoutsState.busy)),
        on_submit=PayoutsState.hold,
        class_name="stack",
        key=PayoutsState.deeds,
    )


def _all() -> rx.Component:
    return rx.el.section(
        rx.cond(
            has(PayoutsState.payouts),
            rx.fragment(
                table(
                    "All payouts, the latest first",
                    ("When", "To", "At the partner", "Status", "Finding", "Tries", "Amount"),
                    rx.foreach(PayoutsState.payouts, _line_of),
                    amounts=2,
                ),
                rx.cond(
                    PayoutsState.has_more,
                    rx.el.div(button("Show earlier payouts", PayoutsState.more)),
                ),
            ),
            empty("No payouts yet", "They appear here when physicians ask for their money."),
        ),
        class_name="stack",
    )


def _line_of(one: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.when, class_name="number"),
        rx.el.td(one.whose),
        rx.el.td(one.reference, class_name="reference"),
        rx.el.td(one.status),
        rx.el.td(one.finding),
        rx.el.td(one.tries, class_name="amount"),
        rx.el.td(one.sum, class_name="amount"),
    )


def _key(name: str, value: Any) -> rx.Component:
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def _line(label: str, name: str, identifier: Any, *, required: bool = True) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=identifier),
        rx.el.input(id=identifier, name=name, required=required),
        class_name="field",
    )
