"""
How commission plans look: the list, and the form of a version.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import choice_field, long_text, submit, text_field
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import (
    actions,
    card,
    empty,
    has,
    link_button,
    page_head,
    stack,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.plans import NEW_ROUTE, ROUTE, NewPlanState, PlansState

_LEVELS = [
    ("default", "Default: for everything else"),
    ("service", "For some services"),
    ("contract", "For physicians whose contract names it"),
    ("campaign", "Campaign: between two days"),
]
_MEASURES = [("count", "Number of consultations"), ("volume", "What patients paid")]


def list_page() -> rx.Component:
    """All plans, by what goes before what."""
    return operations_frame(
        phased(
            PlansState,
            stack(
                page_head(
                    "Commission plans",
                    "Of those that fit a booking, a campaign goes before a contract, a contract "
                    "before a service, that before the default.",
                ),
                notices(PlansState),
                actions(
                    link_button("Draft a plan", NEW_ROUTE, look="primary"),
                    link_button("Pay and prescribing", "/operations/pay-report"),
                ),
                rx.cond(
                    has(PlansState.plans),
                    rx.el.ul(rx.foreach(PlansState.plans, _plan), class_name="list"),
                    empty(
                        "There is no plan yet",
                        "Nothing can be booked before a default plan is published.",
                    ),
                ),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _plan(one: Any) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.span(one.name, class_name="title"),
                rx.el.span(one.level, " · ", one.code, class_name="small-text"),
                rx.el.span(one.terms),
                rx.el.span(one.since, " · ", one.used, class_name="small-text"),
                class_name="grow",
            ),
            tag(one.words, tone=one.tone),
            rx.icon("chevron-right", size=18, aria_hidden="true"),
            one.address,
            class_name="list-item",
        )
    )


def new_page() -> rx.Component:
    """The draft of a new plan."""
    return operations_frame(
        phased(
            NewPlanState,
            stack(
                page_head(
                    "Draft a plan",
                    "It applies to nothing before somebody else has approved it.",
                    back=("Commission plans", ROUTE),
                ),
                notices(NewPlanState),
                rx.cond(
                    NewPlanState.address != "",
                    actions(link_button("Open the draft", NewPlanState.address, look="primary")),
                    card(
                        rx.el.form(
                            text_field(
                                "Code",
                                "code",
                                hint="Small letters, digits and hyphens. It never changes.",
                                required=True,
                            ),
                            choice_field("Kind", "level", _LEVELS),
                            *plan_fields(NewPlanState.said),
                            *_campaign_fields(NewPlanState.said),
                            submit("Keep the draft", disabled=NewPlanState.busy),
                            on_submit=NewPlanState.draft,
                            class_name="stack",
                        )
                    ),
                ),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def plan_fields(said: Any) -> list[rx.Component]:
    """What a version of whatever kind says."""
    return [
        text_field("Name", "name", required=True, default_value=said.name),
        text_field(
            "Services",
            "services",
            hint="Their codes, with commas. Nothing means all; the default is for all.",
            default_value=said.services,
        ),
        rx.el.div(
            text_field(
                "Percentage",
                "percent",
                hint="Of the price after tax and platform fee.",
                input_mode="decimal",
                default_value=said.percent,
            ),
            text_field("Currency of amounts", "currency", default_value=said.currency),
            text_field("Fixed amount", "fixed", input_mode="decimal", default_value=said.fixed),
            text_field("At least", "minimum", input_mode="decimal", default_value=said.minimum),
            class_name="fields",
        ),
        choice_field("Tiers go by", "measure", _MEASURES, default_value=said.measure),
        long_text(
            "Tiers",
            "tiers",
            hint="A line each, such as “after 20: 17.5”: the percentage after so much was "
            "delivered earlier in the physician's calendar month.",
            rows="3",
            default_value=said.tiers,
        ),
        text_field(
            "First day",
            "effective_on",
            type="date",
            hint="As early as physicians can be told, if left empty. A campaign has its own.",
            default_value=said.effective_on,
        ),
    ]


def _campaign_fields(said: Any) -> list[rx.Component]:
    return [
        rx.el.fieldset(
            rx.el.legend("Campaigns only"),
            rx.el.div(
                text_field("From", "first_day", type="date", default_value=said.first_day),
                text_field("Until", "last_day", type="date", default_value=said.last_day),
                text_field(
                    "Only for physicians who joined within so many days",
                    "joined_within_days",
                    type="number",
                    min="1",
                    default_value=said.joined_within_days,
                ),
                class_name="fields",
            ),
            class_name="field",
        )
    ]


def campaign_fields(said: Any) -> rx.Component:
    """The days of a campaign, where the version is one."""
    return rx.cond(said.level == "campaign", rx.fragment(*_campaign_fields(said)))
