"""
How the checklist looks: a card a step, with its action where the physician has to act.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import choice_field, submit, text_field
from entrypoints.portal.components.frames import physician_frame
from entrypoints.portal.components.parts import (
    button,
    has,
    page_head,
    stack,
    status_sentence,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.physician.onboarding import OnboardingState
from entrypoints.portal.places import PLACES

BANK_COUNTRIES = [
    ("AU", "Australia"),
    ("FR", "France"),
    ("GB", "United Kingdom"),
    ("NZ", "New Zealand"),
    ("US", "United States"),
]


def page() -> rx.Component:
    """The steps in order."""
    return physician_frame(
        phased(
            OnboardingState,
            stack(
                page_head("Onboarding", OnboardingState.name),
                rx.el.div(
                    status_sentence(OnboardingState.status, tone=OnboardingState.tone),
                    role="status",
                ),
                notices(OnboardingState),
                rx.el.ol(rx.foreach(OnboardingState.steps, _step), class_name="stack"),
                class_name="wide narrow",
            ),
        ),
        here="/physician/onboarding",
    )


def _step(step: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h2(step.title),
            tag(step.words, tone=step.tone),
            class_name="row between",
        ),
        rx.cond(step.missing != "", rx.el.p(step.missing)),
        rx.cond(step.who != "", rx.el.p(step.who, class_name="small-text")),
        rx.match(
            step.name,
            ("identity", _identity()),
            ("licences", _licences()),
            ("contract", _contract()),
            ("payout_account", _account()),
            rx.fragment(),
        ),
        class_name="card",
    )


def _identity() -> rx.Component:
    return rx.cond(
        OnboardingState.identity_open,
        rx.el.div(
            button(
                "Begin the identity check",
                OnboardingState.prove_identity,
                look="primary",
                disabled=OnboardingState.busy,
            )
        ),
    )


def _licences() -> rx.Component:
    return rx.el.div(
        rx.cond(
            has(OnboardingState.licences),
            rx.el.ul(
                rx.foreach(
                    OnboardingState.licences,
                    lambda one: rx.el.li(
                        rx.el.div(
                            rx.el.span(one.place, class_name="title"),
                            rx.el.span(f"{one.number}. {one.until}", class_name="small-text"),
                            class_name="stack tight",
                        ),
                        tag(one.words, tone=one.tone),
                        class_name="row between",
                    ),
                ),
                class_name="stack",
            ),
        ),
        rx.el.details(
            rx.el.summary("Add a licence"),
            rx.el.form(
                choice_field("Where", "place", PLACES),
                rx.el.div(
                    text_field(
                        "Number",
                        "number",
                        required=True,
                        hint="NPI in the United States, AHPRA in Australia.",
                    ),
                    text_field(
                        "Valid until",
                        "expires_on",
                        type="date",
                        required=True,
                        hint="The last day on the licence.",
                    ),
                    class_name="fields",
                ),
                submit("Add", look="", disabled=OnboardingState.busy),
                on_submit=OnboardingState.add_licence,
                class_name="stack",
                key=OnboardingState.adds,
            ),
        ),
        class_name="stack",
    )


def _contract() -> rx.Component:
    return rx.cond(
        OnboardingState.contract_offered != "",
        rx.el.div(
            rx.el.p(OnboardingState.contract_offered),
            rx.el.p(
                "By signing you agree to how the price of a consultation is shared. The terms in "
                "force when a patient books stay in force for that consultation.",
                class_name="small-text",
            ),
            rx.el.div(
                button(
                    "Sign the contract",
                    OnboardingState.sign_contract,
                    look="primary",
                    disabled=OnboardingState.busy,
                )
            ),
            class_name="stack",
        ),
    )


def _account() -> rx.Component:
    return rx.cond(
        OnboardingState.account_open,
        rx.el.form(
            rx.el.div(
                choice_field("Country of the bank", "bank_country", BANK_COUNTRIES),
                text_field("Name on the account", "account_name", required=True),
                class_name="fields",
            ),
            rx.el.div(
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
            submit("Open the payout account", disabled=OnboardingState.busy),
            on_submit=OnboardingState.open_account,
            class_name="stack",
            key=OnboardingState.adds,
        ),
    )
