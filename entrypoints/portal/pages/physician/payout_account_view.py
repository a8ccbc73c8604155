"""
How the payout account looks: whether it pays, what is wanted, where the money goes.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import choice_field, submit, text_field
from entrypoints.portal.components.frames import physician_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    empty,
    has,
    page_head,
    stack,
    status_sentence,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.physician.onboarding_view import BANK_COUNTRIES
from entrypoints.portal.pages.physician.payout_account import PayoutAccountState


def page() -> rx.Component:
    """How it stands first, then what to do."""
    return physician_frame(
        phased(
            PayoutAccountState,
            stack(
                page_head(
                    "Payout account",
                    "What our payout partner knows of you, and where your money goes.",
                    back=("Wallet", "/physician/wallet"),
                ),
                notices(PayoutAccountState),
                rx.cond(
                    PayoutAccountState.exists,
                    rx.fragment(
                        rx.el.div(
                            status_sentence(
                                PayoutAccountState.sentence,
                                PayoutAccountState.detail,
                                tone=PayoutAccountState.tone,
                            ),
                            role="status",
                        ),
                        rx.cond(PayoutAccountState.may_hand_in, _wanted()),
                    ),
                    empty(
                        "You have no payout account yet",
                        "Name your bank account, and our partner begins its checks.",
                    ),
                ),
                _bank(),
            ),
        ),
        here="/physician/wallet",
    )


def _wanted() -> rx.Component:
    return card(
        rx.el.h2("What to hand in"),
        rx.cond(
            has(PayoutAccountState.requirements),
            rx.el.ul(
                rx.foreach(PayoutAccountState.requirements, _requirement),
                class_name="stack tight",
            ),
            rx.el.p("Our partner's page says what it needs.", class_name="soft"),
        ),
        rx.el.p(
            "You hand it in on our partner's own page and come back here. We never see it. "
            "Our partner then checks again, usually within a day.",
            class_name="small-text",
        ),
        actions(
            button(
                "Go to our partner's page",
                PayoutAccountState.hand_in,
                look="primary",
                disabled=PayoutAccountState.busy,
            )
        ),
    )


def _requirement(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.title, class_name="title"),
        rx.el.p(one.how, class_name="small-text"),
    )


def _bank() -> rx.Component:
    return card(
        rx.el.h2("Bank account"),
        rx.cond(
            PayoutAccountState.bank != "",
            rx.el.p(PayoutAccountState.bank),
            rx.el.p("None is named yet.", class_name="soft"),
        ),
        rx.cond(
            PayoutAccountState.cooling_off != "",
            rx.el.p(PayoutAccountState.cooling_off, class_name="small-text"),
        ),
        rx.cond(
            PayoutAccountState.on_its_way != "",
            rx.el.p(PayoutAccountState.on_its_way, class_name="small-text"),
        ),
        rx.el.details(
            rx.el.summary(
                rx.cond(
                    PayoutAccountState.bank != "",
                    "Name another bank account",
                    "Name a bank account",
                )
            ),
            rx.el.form(
                rx.el.p(
                    "After a change nothing is paid for three days, so that nobody else can "
                    "lead your money away.",
                    class_name="small-text",
                ),
                rx.el.div(
                    choice_field("Country of the bank", "bank_country", BANK_COUNTRIES),
                    text_field("Name on the account", "account_name", required=True),
                    text_field(
                        "Bank's number",
                        "routing_value",
                        required=True,
                        hint="BSB, routing number, sort code or BIC.",
                    ),
                    text_field(
                        "Account number",
                        "account_number",
                        required=True,
                        auto_complete="off",
                        hint="Goes to our payout partner. We keep the last four digits.",
                    ),
                    class_name="fields",
                ),
                actions(submit("Name this bank account", disabled=PayoutAccountState.busy)),
                on_submit=PayoutAccountState.name_bank,
                key=PayoutAccountState.deeds,
                class_name="stack",
            ),
        ),
    )
