"""
The frames that pages lie in: public, patient, and the desk of physicians and operations.
"""

from typing import Any

import reflex as rx
from attrs import frozen

from entrypoints.portal.components.forms import native_form
from entrypoints.portal.components.links import link
from entrypoints.portal.components.phases import connection_lost
from entrypoints.portal.states.session import SessionState

_ROOM_BELOW = 5
"""How many places a phone's bottom bar has room for."""

_ZONE: rx.Var[str] = rx.Var("Intl.DateTimeFormat().resolvedOptions().timeZone")


@frozen
class Place:
    """A place to go in a frame's navigation."""

    words: str
    address: str
    icon: str


PATIENT_PLACES = (
    Place("Services", "/services", "stethoscope"),
    Place("Consultations", "/consultations", "clipboard-list"),
    Place("Profile", "/profile", "circle-user-round"),
)
PHYSICIAN_PLACES = (
    Place("Queue", "/physician/queue", "inbox"),
    Place("Consultations", "/physician/consultations", "clipboard-list"),
    Place("Wallet", "/physician/wallet", "wallet"),
    Place("Availability", "/physician/availability", "calendar-days"),
    Place("Onboarding", "/physician/onboarding", "list-checks"),
)
OPERATIONS_PLACES = (
    Place("Work", "/operations", "inbox"),
    Place("Applications", "/operations/applications", "list-checks"),
    Place("Payments", "/operations/payments", "credit-card"),
    Place("Payouts", "/operations/payouts", "banknote"),
    Place("Reconcile", "/operations/reconciliation", "git-compare"),
    Place("Treasury", "/operations/treasury", "landmark"),
    Place("Plans", "/operations/plans", "percent"),
    Place("Books", "/operations/books", "scale"),
)


def public_frame(*content: Any) -> rx.Component:
    """For people who are not signed in."""
    return _frame(
        rx.el.header(
            rx.el.div(
                _skip_link(),
                _brand("/"),
                rx.el.div(_colour_mode(), class_name="bar-end"),
                class_name="topbar-inner",
            ),
            class_name="topbar",
        ),
        rx.el.main(*content, id="main", class_name="column", tab_index=-1),
    )


def account_frame(*content: Any) -> rx.Component:
    """For everybody who has an account, whichever part of the portal is theirs."""
    return _frame(
        rx.el.header(
            rx.el.div(
                _skip_link(),
                _brand("/"),
                rx.el.div(
                    link("Your pages", "/", class_name="nav-link"),
                    _colour_mode(),
                    _sign_out(),
                    class_name="bar-end",
                ),
                class_name="topbar-inner",
            ),
            class_name="topbar",
        ),
        rx.el.main(*content, id="main", class_name="column", tab_index=-1),
    )


def patient_frame(*content: Any, here: str = "") -> rx.Component:
    """Top bar, one column, and a bottom bar on a phone."""
    return _frame(
        rx.el.header(
            rx.el.div(
                _skip_link(),
                _brand("/services"),
                _navigation(PATIENT_PLACES, here, "Main"),
                rx.el.div(_colour_mode(), _account(), _sign_out(), class_name="bar-end"),
                class_name="topbar-inner",
            ),
            class_name="topbar",
        ),
        rx.el.main(*content, id="main", class_name="column", tab_index=-1),
        _bottom_bar(PATIENT_PLACES, here),
    )


def physician_frame(*content: Any, here: str = "") -> rx.Component:
    """Side navigation that folds, and a wide column."""
    return _desk("Physician", PHYSICIAN_PLACES, here, *content)


def operations_frame(*content: Any, here: str = "") -> rx.Component:
    """As for physicians, with the places of operations."""
    return _desk("Operations", OPERATIONS_PLACES, here, *content)


def _desk(part: str, places: tuple[Place, ...], here: str, *content: Any) -> rx.Component:
    return _frame(
        rx.el.div(
            rx.el.header(
                _skip_link(),
                _brand(places[0].address),
                rx.el.p(part, class_name="side-part"),
                _navigation(places, here, "Main"),
                rx.el.div(_colour_mode(), _account(), _sign_out(), class_name="bar-end"),
                class_name="side",
            ),
            rx.el.main(*content, id="main", class_name="desk-main", tab_index=-1),
            class_name="desk",
        ),
        _bottom_bar(places, here),
    )


def _frame(*parts: Any) -> rx.Component:
    return rx.el.div(
        *parts,
        connection_lost(),
        on_mount=SessionState.note_zone(_ZONE),
    )


def _skip_link() -> rx.Component:
    return rx.el.a("Skip to the content", href="#main", class_name="skip")


def _brand(address: str) -> rx.Component:
    return link(
        rx.el.span(
            rx.icon("plus", size=18, stroke_width=3), class_name="brand-mark", aria_hidden="true"
        ),
        rx.el.span("Scripted", class_name="brand-name"),
        address,
        class_name="brand",
    )


def _navigation(places: tuple[Place, ...], here: str, name: str) -> rx.Component:
    return rx.el.nav(rx.el.ul(*[_place(place, here) for place in places]), aria_label=name)


def _bottom_bar(places: tuple[Place, ...], here: str) -> rx.Component:
    near = len(places) if len(places) <= _ROOM_BELOW else _ROOM_BELOW - 1
    items = [_place(place, here) for place in places[:near]]
    if places[near:]:
        items.append(_more(places[near:], here))
    return rx.el.nav(
        rx.el.ul(*items),
        aria_label="Main, at the bottom",
        class_name="bottombar",
    )


def _more(places: tuple[Place, ...], here: str) -> rx.Component:
    is_here = any(place.address == here for place in places)
    current = {"aria_current": "true"} if is_here else {}
    return rx.el.li(
        rx.el.button(
            rx.icon("ellipsis", size=20, aria_hidden="true"),
            rx.el.span("More", class_name="nav-text"),
            type="button",
            class_name="nav-link",
            custom_attrs={"popoverTarget": "more-places"},
            **current,
        ),
        rx.el.ul(
            *[_place(place, here) for place in places],
            id="more-places",
            class_name="more-places",
            custom_attrs={"popover": "auto"},
        ),
    )


def _place(place: Place, here: str) -> rx.Component:
    current = {"aria_current": "page"} if place.address == here else {}
    return rx.el.li(
        link(
            rx.icon(place.icon, size=20, aria_hidden="true"),
            rx.el.span(place.words, class_name="nav-text"),
            place.address,
            class_name="nav-link",
            **current,
        )
    )


def _colour_mode() -> rx.Component:
    return rx.el.button(
        rx.color_mode_cond(
            light=rx.icon("moon", size=18, aria_hidden="true"),
            dark=rx.icon("sun", size=18, aria_hidden="true"),
        ),
        rx.el.span("Switch between light and dark", class_name="hidden"),
        type="button",
        class_name="icon-button",
        on_click=rx.toggle_color_mode,
    )


def _account() -> rx.Component:
    return link(
        rx.icon("user-round-cog", size=18, aria_hidden="true"),
        rx.el.span("Your account", class_name="hidden"),
        "/account",
        class_name="icon-button",
        title="Your account",
    )


def _sign_out() -> rx.Component:
    return native_form(
        rx.el.button(
            rx.icon("log-out", size=18, aria_hidden="true"),
            rx.el.span("Sign out", class_name="hidden"),
            type="submit",
            class_name="icon-button",
            title="Sign out",
        ),
        action="/auth/logout",
    )
