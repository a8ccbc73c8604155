"""
How a physician's hours look.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.forms import submit
from entrypoints.portal.components.frames import physician_frame
from entrypoints.portal.components.parts import card, has, page_head, stack
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.physician.availability import AvailabilityState
from entrypoints.portal.places import ZONES


def page() -> rx.Component:
    """The week, days off, and what is booked."""
    return physician_frame(
        phased(
            AvailabilityState,
            stack(
                page_head("Availability", f"Your hours, in {AvailabilityState.zone_words}."),
                notices(AvailabilityState),
                rx.cond(has(AvailabilityState.affected), _affected()),
                rx.el.div(
                    _week(),
                    stack(_leave(), _visits(), class_name="wide"),
                    class_name="split",
                ),
                class_name="wide",
            ),
        ),
        here="/physician/availability",
    )


def _affected() -> rx.Component:
    return rx.el.div(
        rx.icon("triangle-alert", size=20, aria_hidden="true"),
        rx.el.div(
            rx.el.span("These visits now lie outside your hours", class_name="title"),
            rx.el.ul(rx.foreach(AvailabilityState.affected, rx.el.li)),
            rx.el.span(
                "They stay booked until you or operations move them.", class_name="small-text"
            ),
        ),
        class_name="status wait",
        role="status",
    )


def _week() -> rx.Component:
    return card(
        rx.el.h2("Hours of the week"),
        rx.el.form(
            rx.el.div(
                rx.el.label("Time zone", html_for="zone"),
                rx.el.select(
                    *[rx.el.option(words, value=zone) for zone, words in ZONES],
                    id="zone",
                    name="zone",
                    default_value=AvailabilityState.zone,
                ),
                class_name="field",
            ),
            rx.foreach(AvailabilityState.week, _weekday),
            rx.el.div(
                _limit("buffer", "Minutes free around a visit", AvailabilityState.buffer),
                _limit("notice_hours", "Hours of notice", AvailabilityState.notice_hours),
                _limit("daily_cap", "Most visits a day", AvailabilityState.daily_cap),
                class_name="fields",
            ),
            submit("Save hours", disabled=AvailabilityState.busy),
            on_submit=AvailabilityState.save,
            class_name="stack",
            key=AvailabilityState.saves,
        ),
    )


def _weekday(one: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(one.name),
        rx.el.div(
            _hour(one, "start", "from", one.start),
            _hour(one, "end", "to", one.end),
            _hour(one, "second_start", "and from", one.second_start),
            _hour(one, "second_end", "to", one.second_end),
            class_name="hours",
        ),
        class_name="field",
    )


def _hour(one: Any, part: str, words: str, value: Any) -> rx.Component:
    return rx.el.input(
        type="time",
        name=f"{part}_{one.index}",
        id=f"{part}_{one.index}",
        default_value=value,
        aria_label=f"{one.name} {words}",
    )


def _limit(name: str, label: str, value: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.input(id=name, name=name, type="number", min="0", default_value=value),
        class_name="field",
    )


def _leave() -> rx.Component:
    return card(
        rx.el.h2("Days off"),
        rx.cond(
            has(AvailabilityState.leaves),
            rx.el.ul(
                rx.foreach(
                    AvailabilityState.leaves,
                    lambda one: rx.el.li(
                        rx.el.span(one.words, class_name="title"),
                        rx.el.span(one.hours, class_name="small-text"),
                        class_name="row between",
                    ),
                ),
                class_name="stack tight",
            ),
            rx.el.p("None planned.", class_name="soft"),
        ),
        rx.el.form(
            rx.el.div(
                _date("first_on", "First day"),
                _date("last_on", "Last day"),
                class_name="fields",
            ),
            submit("Take leave", look="", disabled=AvailabilityState.busy),
            on_submit=AvailabilityState.take_leave,
            class_name="stack",
            key=AvailabilityState.saves,
        ),
    )


def _date(name: str, label: str) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.input(id=name, name=name, type="date", required=True),
        class_name="field",
    )


def _visits() -> rx.Component:
    return card(
        rx.el.h2("Booked in the next four weeks"),
        rx.cond(
            has(AvailabilityState.visits),
            rx.el.ul(
                rx.foreach(
                    AvailabilityState.visits, lambda words: rx.el.li(words, class_name="number")
                ),
                class_name="stack tight",
            ),
            rx.el.p("Nothing is booked.", class_name="soft"),
        ),
    )
