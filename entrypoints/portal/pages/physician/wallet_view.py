"""
How the wallet looks: the numbers, then the reasons, then the history.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import submit
from entrypoints.portal.components.frames import physician_frame
from entrypoints.portal.components.links import file_link, link
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    empty,
    figure,
    has,
    link_button,
    page_head,
    stack,
    status_sentence,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.physician.payout_schedule_view import payout_schedules
from entrypoints.portal.pages.physician.wallet import WalletState


def page() -> rx.Component:
    """Balances, withdrawal, whereabouts, statement."""
    return physician_frame(
        phased(
            WalletState,
            stack(
                page_head("Wallet", "What you earned, where it is, and why."),
                actions(
                    link_button("Your payout account", "/physician/payout-account"),
                    link_button("What would I earn", "/physician/earnings"),
                ),
                notices(WalletState),
                rx.cond(
                    has(WalletState.balances),
                    rx.fragment(
                        rx.foreach(WalletState.balances, _balance),
                        _withdraw(),
                        payout_schedules(),
                        _whereabouts(),
                        _withdrawals(),
                        _statement(),
                    ),
                    empty(
                        "You have not earned anything yet",
                        "Each completed consultation appears here with its date and its reason.",
                        link_button("Open the queue", "/physician/queue", look="primary"),
                    ),
                ),
                class_name="wide",
            ),
        ),
        here="/physician/wallet",
    )


def _balance(one: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(f"Balance in {one.currency}", class_name="hidden"),
        figure("Available", one.available, "You can withdraw this now", main=True),
        figure("Pending", one.pending, one.clears),
        figure("Held", one.held, "Set aside for withdrawals or reviews"),
        figure("In transit", one.in_transit, "With the banks"),
        rx.cond(one.debt != "", figure("To be taken off", one.debt, "Refunded after payout")),
        class_name="figures",
    )


def _withdraw() -> rx.Component:
    return card(
        rx.el.h2("Withdraw"),
        rx.cond(
            WalletState.bank == "",
            status_sentence(
                "There is no bank account to pay to yet.",
                rx.el.span("Add it in your onboarding."),
                tone="wait",
            ),
            rx.cond(
                WalletState.asked_words != "",
                rx.el.div(
                    status_sentence(
                        f"{WalletState.asked_words} will be sent to your {WalletState.bank}.",
                        "It usually arrives in 1 to 3 working days. You can call it back until "
                        "it is sent.",
                        tone="wait",
                    ),
                    actions(
                        button(
                            "Withdraw now",
                            WalletState.withdraw,
                            look="primary",
                            disabled=WalletState.busy,
                        ),
                        button("Not now", WalletState.keep),
                    ),
                    class_name="stack",
                ),
                _amount_form(),
            ),
        ),
    )


def _amount_form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            rx.el.div(
                rx.el.label("Amount", html_for="amount"),
                rx.el.input(id="amount", name="amount", input_mode="decimal", required=True),
                class_name="field",
            ),
            rx.el.div(
                rx.el.label("Currency", html_for="currency"),
                rx.el.select(
                    rx.foreach(
                        WalletState.balances,
                        lambda one: rx.el.option(one.currency, value=one.currency),
                    ),
                    id="currency",
                    name="currency",
                ),
                class_name="field",
            ),
            class_name="fields",
        ),
        submit("Continue", disabled=WalletState.busy),
        on_submit=WalletState.prepare,
        class_name="stack",
        key=WalletState.withdrawn,
    )


def _whereabouts() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Where is my money?"),
        rx.cond(
            has(WalletState.whereabouts),
            table(
                "Every cent of your wallet, the reason, and whose turn it is.",
                ("Why", "When", "Who acts", "From", "Amount"),
                rx.foreach(
                    WalletState.whereabouts,
                    lambda one: rx.el.tr(
                        rx.el.td(one.why),
                        rx.el.td(one.when, class_name="number"),
                        rx.el.td(one.who),
                        rx.el.td(one.cause, class_name="reference"),
                        rx.el.td(one.sum, class_name="amount"),
                    ),
                ),
                amounts=1,
            ),
            rx.el.p("Your wallet is empty: everything was paid out.", class_name="soft"),
        ),
        class_name="stack",
    )


def _withdrawals() -> rx.Component:
    return rx.cond(
        has(WalletState.withdrawals),
        rx.el.section(
            rx.el.h2("Withdrawals"),
            rx.el.ul(rx.foreach(WalletState.withdrawals, _withdrawal), class_name="list"),
            class_name="stack",
        ),
    )


def _withdrawal(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(one.sum, class_name="title number"),
                rx.el.span(one.asked, class_name="small-text"),
                rx.cond(one.detail != "", rx.el.span(one.detail)),
                rx.cond(
                    one.mend,
                    rx.el.span(
                        link("Correct your bank details", "/physician/payout-account"),
                        ", then withdraw again.",
                        class_name="small-text",
                    ),
                    rx.cond(one.to_do != "", rx.el.span(one.to_do, class_name="small-text")),
                ),
                class_name="grow",
            ),
            tag(one.words, tone=one.tone),
            file_link(
                "PDF",
                rx.el.span(f" of the withdrawal of {one.sum}", class_name="hidden"),
                address=f"/files/payouts/{one.key}.pdf",
                class_name="button small",
            ),
            rx.cond(
                one.may_cancel,
                rx.el.button(
                    "Call back",
                    rx.el.span(f" {one.sum}", class_name="hidden"),
                    type="button",
                    class_name="small",
                    on_click=WalletState.call_back(one.key),
                ),
            ),
            class_name="list-item",
        )
    )


def _statement() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Statement"),
            link_button("Months as PDF and CSV", "/physician/statements"),
            class_name="row between",
        ),
        table(
            "Every movement in the order of booking, the latest first.",
            ("Booked", "What", "From", "Change", "Balance"),
            rx.foreach(
                WalletState.statement,
                lambda line: rx.el.tr(
                    rx.el.td(line.when, class_name="number"),
                    rx.el.td(
                        line.what,
                        rx.cond(
                            line.happened != "",
                            rx.el.div(line.happened, class_name="small-text"),
                        ),
                    ),
                    rx.el.td(line.cause, class_name="reference"),
                    rx.el.td(line.change, class_name="amount"),
                    rx.el.td(line.balance, class_name="amount"),
                ),
            ),
            amounts=2,
        ),
        rx.cond(WalletState.has_more, rx.el.div(button("Show earlier", WalletState.more))),
        class_name="stack",
    )
