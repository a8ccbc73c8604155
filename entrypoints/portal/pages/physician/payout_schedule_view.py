"""
How payout schedules look: what holds, what comes next, what became of the last ones.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import choice_field, submit, text_field
from entrypoints.portal.components.parts import actions, button, card, has, status_sentence
from entrypoints.portal.pages.physician.payout_schedule import CADENCE_CHOICES, WEEKDAYS
from entrypoints.portal.pages.physician.wallet import WalletState

_DAYS = [(str(day), str(day)) for day in range(1, 31)] + [("31", "The last day")]


def payout_schedules() -> rx.Component:
    """One card for each currency."""
    return rx.fragment(rx.foreach(WalletState.schedules, _schedule))


def _schedule(one: Any) -> rx.Component:
    return card(
        rx.el.h2(f"Automatic payouts in {one.currency}"),
        rx.cond(WalletState.changing == one.currency, _form(one), _rule(one)),
    )


def _rule(one: Any) -> rx.Component:
    return rx.el.div(
        status_sentence(one.rule, one.next, tone="plain"),
        rx.cond(
            one.hitch != "", status_sentence("The last one was skipped.", one.hitch, tone="wait")
        ),
        actions(
            rx.el.button(
                "Change",
                rx.el.span(f" payouts in {one.currency}", class_name="hidden"),
                type="button",
                on_click=WalletState.change_schedule(one.currency),
            )
        ),
        rx.cond(
            has(one.runs),
            rx.el.details(
                rx.el.summary("The last times"),
                rx.el.ul(
                    rx.foreach(
                        one.runs,
                        lambda run: rx.el.li(run.words, class_name=["list-item", run.tone]),
                    ),
                    class_name="list",
                ),
            ),
        ),
        class_name="stack",
    )


def _form(one: Any) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            choice_field(
                "How often",
                "cadence",
                list(CADENCE_CHOICES),
                value=WalletState.cadence,
                on_change=WalletState.pick_cadence,
            ),
            rx.match(
                WalletState.cadence,
                (
                    "weekly",
                    choice_field(
                        "On which day", "weekday", list(WEEKDAYS), default_value=one.weekday
                    ),
                ),
                (
                    "monthly",
                    choice_field(
                        "On which day of the month",
                        "day_of_month",
                        _DAYS,
                        default_value=one.day,
                    ),
                ),
                (
                    "minimum",
                    text_field(
                        f"From which amount in {one.currency}",
                        "minimum",
                        input_mode="decimal",
                        required=True,
                        default_value=one.minimum,
                    ),
                ),
                rx.fragment(),
            ),
            class_name="fields",
        ),
        rx.el.p(
            rx.match(
                WalletState.cadence,
                ("weekly", "Everything that is available when the day begins, where you live."),
                (
                    "monthly",
                    "Everything that is available when the day begins, where you live.",
                ),
                ("minimum", "Everything that is available goes out as soon as there is so much."),
                "Nothing goes out by itself. You withdraw when you want.",
            ),
            class_name="small-text",
        ),
        actions(
            submit("Save", disabled=WalletState.busy),
            button("Leave it as it is", WalletState.keep_schedule),
        ),
        on_submit=WalletState.choose_schedule,
        class_name="stack",
    )
