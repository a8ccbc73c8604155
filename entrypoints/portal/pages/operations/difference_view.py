"""
How one difference looks: what differs, what would close it, and the two signatures.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import choice_field, long_text, submit
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    has,
    page_head,
    stack,
    status_sentence,
    table,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.difference import RULE_WORDS, DifferenceState

_RULES = [(rule.value, words) for rule, words in RULE_WORDS.items()]


def page() -> rx.Component:
    """The facts, the items, and the answer."""
    return operations_frame(
        phased(
            DifferenceState,
            stack(
                page_head(
                    DifferenceState.kind,
                    DifferenceState.reason,
                    back=("Reconciliation", "/operations/reconciliation"),
                ),
                notices(DifferenceState),
                rx.el.div(
                    status_sentence(
                        DifferenceState.status,
                        DifferenceState.differences,
                        tone=DifferenceState.tone,
                    ),
                    role="status",
                ),
                _facts(),
                _items(),
                rx.cond(DifferenceState.is_proposed, _proposal()),
                rx.cond(DifferenceState.is_open, rx.fragment(_propose(), _explain())),
                rx.cond(DifferenceState.ending != "", card(rx.el.p(DifferenceState.ending))),
                class_name="wide",
            ),
        ),
        here="/operations/reconciliation",
    )


def _facts() -> rx.Component:
    return rx.el.div(
        rx.el.ul(
            rx.foreach(
                DifferenceState.facts, lambda words: rx.el.li(words, class_name="small-text")
            ),
            class_name="stack tight",
        ),
        rx.cond(
            DifferenceState.is_open & ~DifferenceState.is_mine,
            button("Take it on", DifferenceState.take, look="small", disabled=DifferenceState.busy),
        ),
        class_name="row between",
    )


def _items() -> rx.Component:
    return rx.cond(
        has(DifferenceState.items),
        table(
            "What it is about",
            ("Side", "What", "When", "Reference", "Match", "Amount"),
            rx.foreach(
                DifferenceState.items,
                lambda item: rx.el.tr(
                    rx.el.td(item.side),
                    rx.el.td(item.what),
                    rx.el.td(item.when, class_name="number"),
                    rx.el.td(item.reference, class_name="reference"),
                    rx.el.td(item.matched),
                    rx.el.td(item.sum, class_name="amount"),
                ),
            ),
            amounts=1,
        ),
        rx.el.p("It is about a balance, not about single items.", class_name="soft"),
    )


def _postings(repair: Any, caption: str) -> rx.Component:
    return table(
        caption,
        ("Debit", "Credit", "Amount"),
        rx.foreach(
            repair.postings,
            lambda one: rx.el.tr(
                rx.el.td(one.debit, class_name="reference"),
                rx.el.td(one.credit, class_name="reference"),
                rx.el.td(one.sum, class_name="amount"),
            ),
        ),
        amounts=1,
    )


def _proposal() -> rx.Component:
    proposal = DifferenceState.proposal
    return card(
        rx.el.h2("Proposed repair"),
        rx.el.p(proposal.words, class_name="title"),
        rx.cond(proposal.note != "", rx.el.p(proposal.note, class_name="prose")),
        rx.el.p(proposal.by, class_name="small-text"),
        _postings(proposal, "This will be posted, exactly so"),
        rx.cond(
            DifferenceState.is_own_proposal,
            rx.el.p("A second person has to approve what you proposed.", class_name="soft"),
            actions(
                button(
                    "Approve and post",
                    DifferenceState.approve,
                    look="primary",
                    disabled=DifferenceState.busy,
                )
            ),
        ),
        rx.el.form(
            long_text("Why it is declined", "reason", rows=2, required=True, min_length=5),
            rx.el.div(
                submit(
                    rx.cond(DifferenceState.is_own_proposal, "Take it back", "Decline"),
                    look="harm",
                    disabled=DifferenceState.busy,
                )
            ),
            on_submit=DifferenceState.reject,
            class_name="stack",
            key=DifferenceState.deeds,
        ),
    )


def _propose() -> rx.Component:
    suggestion = DifferenceState.suggestion
    return card(
        rx.el.h2("Repair it"),
        rx.cond(
            suggestion.rule != "",
            rx.fragment(
                rx.el.p("What usually closes such a difference: ", suggestion.words),
                _postings(suggestion, "As it would be posted"),
            ),
            rx.el.p(
                "No entry usually closes such a difference: time or an import does.",
                class_name="soft",
            ),
        ),
        rx.el.form(
            choice_field("Repair", "rule", _RULES, default_value=suggestion.rule),
            long_text("Note for the second person", "note", rows=2),
            rx.el.div(submit("Propose", disabled=DifferenceState.busy)),
            on_submit=DifferenceState.propose,
            class_name="stack",
            key=DifferenceState.deeds,
        ),
    )


def _explain() -> rx.Component:
    return card(
        rx.el.h2("Or explain why it may stay"),
        rx.el.form(
            long_text("Explanation", "explanation", rows=2, required=True),
            rx.el.div(submit("Explain", look="", disabled=DifferenceState.busy)),
            on_submit=DifferenceState.explain,
            class_name="stack",
            key=DifferenceState.deeds,
        ),
    )
