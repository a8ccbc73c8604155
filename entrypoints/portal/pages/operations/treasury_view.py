"""
How the treasury looks: whether the balance reaches, what to send, then the books of our own money.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import choice_field, submit, text_field
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    empty,
    figure,
    has,
    page_head,
    row,
    stack,
    status_sentence,
    table,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.treasury import ROUTE, TreasuryState

_CURRENCIES = [(code, code) for code in ("AUD", "USD", "GBP", "EUR", "NZD", "CAD", "SGD")]
_PLACES = [("bank", "At our bank"), ("float", "At the payout partner")]


def page() -> rx.Component:
    """Balances first, then what to do, then what was done."""
    return operations_frame(
        phased(
            TreasuryState,
            stack(
                page_head(
                    "Treasury",
                    "Our balance at the payout partner, and whether it reaches.",
                ),
                notices(TreasuryState),
                row(
                    button(
                        "Check the balance now", TreasuryState.check, disabled=TreasuryState.busy
                    ),
                    rx.el.span(f"As of {TreasuryState.at}", class_name="small-text"),
                ),
                rx.cond(
                    has(TreasuryState.floats),
                    rx.fragment(rx.foreach(TreasuryState.floats, _float)),
                    empty(
                        "There is no balance yet",
                        "Send money to the payout partner, and note it below.",
                    ),
                ),
                rx.cond(has(TreasuryState.stuck), _stuck()),
                _requests(),
                _fund(),
                rx.cond(has(TreasuryState.fundings), _fundings()),
                _own_money(),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _float(one: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(f"Balance in {one.currency}"),
        rx.el.div(status_sentence(one.sentence, one.detail, tone=one.tone), role="status"),
        rx.el.div(
            figure("At the partner", one.available, "May be paid out now", main=True),
            figure("By our books", one.ours, "Less what is in transit"),
            figure(
                "Difference",
                one.difference,
                rx.cond(one.differs, "Reconciliation says why", "Both sides agree"),
            ),
            figure("Due", one.needed, one.needed_by),
            class_name="figures",
        ),
        rx.cond(
            has(one.dues),
            table(
                f"What the balance in {one.currency} has to cover",
                ("What", "From", "Amount"),
                rx.foreach(
                    one.dues,
                    lambda due: rx.el.tr(
                        rx.el.td(due.what),
                        rx.el.td(due.when, class_name="number"),
                        rx.el.td(due.sum, class_name="amount"),
                    ),
                ),
                amounts=1,
            ),
            rx.el.p("Nothing is due.", class_name="soft"),
        ),
        class_name="stack tight",
    )


def _stuck() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Taken from the balance, and not arrived"),
        table(
            "Moves between accounts at the partner",
            ("What", "Reference", "Since", "Amount"),
            rx.foreach(
                TreasuryState.stuck,
                lambda one: rx.el.tr(
                    rx.el.td(one.words),
                    rx.el.td(one.reference, class_name="reference"),
                    rx.el.td(one.since, class_name="number"),
                    rx.el.td(one.sum, class_name="amount"),
                ),
            ),
            amounts=1,
        ),
        class_name="stack tight",
    )


def _requests() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Money that was asked for"),
        rx.cond(
            has(TreasuryState.requests),
            rx.el.ul(rx.foreach(TreasuryState.requests, _request), class_name="list"),
            rx.el.p("Nothing was asked for: the balance has always reached.", class_name="soft"),
        ),
        class_name="stack tight",
    )


def _request(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(one.sentence, class_name="title"),
                rx.el.span(one.detail, class_name="small-text"),
                class_name="grow",
            ),
            tag(one.status, tone=one.tone),
            class_name="list-item",
        )
    )


def _fund() -> rx.Component:
    return card(
        rx.el.h2("Note a top-up"),
        rx.el.p(
            "Once the transfer has left our bank. It answers the open request, and payouts that "
            "waited are tried again.",
            class_name="soft",
        ),
        rx.el.form(
            rx.el.div(
                _amount("Amount", "amount"),
                choice_field("Currency", "currency", _CURRENCIES),
                text_field("The bank's reference", "reference", required=True, max_length=140),
                text_field("Sent on", "sent_on", type="date", required=True),
                class_name="fields",
            ),
            actions(submit("Book the top-up", disabled=TreasuryState.busy)),
            on_submit=TreasuryState.fund,
            key=f"fund-{TreasuryState.deeds}",
            class_name="stack",
        ),
    )


def _fundings() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Top-ups"),
        rx.cond(TreasuryState.taking_back != "", _consequence()),
        rx.el.ul(rx.foreach(TreasuryState.fundings, _funding), class_name="list"),
        class_name="stack tight",
    )


def _funding(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(one.sum, class_name="title number"),
                rx.el.span(one.when, " · ", one.reference, class_name="small-text"),
                class_name="grow",
            ),
            tag(one.words, tone=one.tone),
            rx.cond(
                one.standing,
                button(
                    "Was taken back",
                    TreasuryState.ask_to_take_back(one.reference),
                    look="small",
                    disabled=TreasuryState.busy,
                    aria_label=f"{one.reference} was taken back",
                ),
            ),
            class_name="list-item",
        )
    )


def _consequence() -> rx.Component:
    return card(
        rx.el.p(f"{TreasuryState.taking_back} was taken back by a bank?", class_name="title"),
        rx.el.p("The entry is reversed, and the money is asked for again.", class_name="soft"),
        actions(
            button(
                "Book it as taken back",
                TreasuryState.take_back,
                look="harm",
                disabled=TreasuryState.busy,
            ),
            button("Leave it", TreasuryState.ask_to_take_back(""), disabled=TreasuryState.busy),
        ),
    )


def _own_money() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Our own money"),
        rx.el.details(
            rx.el.summary("Note what the owners put in"),
            rx.el.form(
                rx.el.div(
                    _amount("Amount", "capital"),
                    choice_field("Currency", "capital_currency", _CURRENCIES),
                    text_field(
                        "The bank's reference", "capital_reference", required=True, max_length=140
                    ),
                    text_field("Arrived on", "capital_on", type="date", required=True),
                    class_name="fields",
                ),
                actions(submit("Book the capital", disabled=TreasuryState.busy)),
                on_submit=TreasuryState.pay_in,
                key=f"capital-{TreasuryState.deeds}",
                class_name="stack",
            ),
            class_name="card",
        ),
        rx.el.details(
            rx.el.summary("Note an exchange between currencies"),
            _exchange(),
            class_name="card",
        ),
        class_name="stack tight",
    )


def _exchange() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            _amount("Sold", "sold"),
            choice_field("Out of", "sold_currency", _CURRENCIES),
            _amount("Bought", "bought"),
            choice_field("Into", "bought_currency", [*_CURRENCIES[1:], _CURRENCIES[0]]),
            text_field(
                "Quoted rate",
                "rate",
                hint="How much one unit of the sold currency was to become.",
                input_mode="decimal",
                required=True,
            ),
            text_field("Fee", "fee", hint="In the sold currency, on top.", input_mode="decimal"),
            choice_field("Where", "held_at", _PLACES),
            text_field("Reference", "exchange_reference", required=True, max_length=140),
            text_field("Exchanged on", "exchanged_on", type="date", required=True),
            class_name="fields",
        ),
        actions(submit("Book the exchange", disabled=TreasuryState.busy)),
        on_submit=TreasuryState.convert,
        key=f"exchange-{TreasuryState.deeds}",
        class_name="stack",
    )


def _amount(label: str, name: str) -> rx.Component:
    return text_field(label, name, input_mode="decimal", required=True, max_length=20)
