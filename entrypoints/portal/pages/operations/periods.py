"""
Periods of the books: begun, and closed for good once every difference is explained.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import reflex as rx

from application.reconciliation.periods import ClosePeriod, OpenPeriod
from application.reconciliation.queries import ListPeriods
from application.reconciliation.views import PeriodView
from domain.reconciliation.periods import PeriodStatus
from domain.shared.errors import InvalidInput
from domain.shared.ids import AccountingPeriodId, from_wire, to_wire
from entrypoints.portal.components.forms import submit, text_field
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    empty,
    has,
    page_head,
    stack,
    tag,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.reconciliation import ROUTE as RECONCILIATION
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, opening, zone_here
from entrypoints.portal.words import day, moment

ROUTE = "/operations/periods"

_STATUS_WORDS = {
    PeriodStatus.OPEN: ("Open", "wait"),
    PeriodStatus.CLOSING: ("Being closed", "wait"),
    PeriodStatus.CLOSED: ("Closed", "good"),
}


class DayMissing(InvalidInput):
    """A field for a day holds none."""


@dataclass(frozen=True)
class PeriodLine:
    """A period in a list."""

    key: str
    days: str
    detail: str
    status: str
    tone: str
    may_close: bool


class PeriodsState(PageState, rx.State):
    """All periods, the latest first."""

    periods: list[PeriodLine] = []
    closing: str = ""
    closing_days: str = ""
    deeds: int = 0

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show them."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def begin(self, form: dict[str, Any]) -> None:
        """Begin one; both days belong to it."""
        async with acting(self):
            await ask(
                self, OpenPeriod, starts_on=_day(form, "starts_on"), ends_on=_day(form, "ends_on")
            )
            self.deeds += 1
            await self._fill()
            self.notice = "The period is open. It can be closed once its last day has passed."

    @allowed(Audience.STAFF)
    async def ask_to_close(self, key: str) -> None:
        """Show what closing does before it is done; the empty text calls it off."""
        async with acting(self):
            found = [one for one in self.periods if one.key == key]
            self.closing = found[0].key if found else ""
            self.closing_days = found[0].days if found else ""

    @allowed(Audience.STAFF)
    async def close(self) -> None:
        """Close the one that was asked about."""
        async with acting(self):
            period_id = AccountingPeriodId(from_wire("accounting_period", self.closing))
            self.closing = ""
            await ask(self, ClosePeriod, period_id=period_id)
            await self._fill()
            self.notice = f"Closed: {self.closing_days}. Nothing of it changes any more."

    async def _fill(self) -> None:
        zone = await zone_here(self)
        self.periods = [period_line(one, zone) for one in await ask(self, ListPeriods)]


def period_line(period: PeriodView, zone: str) -> PeriodLine:
    """Its days, and what keeps it from closing."""
    status, tone = _STATUS_WORDS[period.status]
    if period.closed_at is not None:
        detail = f"Since {moment(period.closed_at, zone)}"
    elif period.barring:
        what = "difference has" if period.barring == 1 else "differences have"
        detail = f"{period.barring} {what} to be repaired or explained first"
    else:
        detail = "No difference keeps it from closing"
    return PeriodLine(
        key=to_wire("accounting_period", period.period_id),
        days=f"{day(period.starts_on)} to {day(period.ends_on)}",
        detail=detail,
        status=status,
        tone=tone,
        may_close=period.status is not PeriodStatus.CLOSED,
    )


def _day(form: dict[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(form.get(name, "")))
    except ValueError as error:
        raise DayMissing("Choose both days.", field=name) from error


def page() -> rx.Component:
    """What is open, and a form for the next one."""
    return operations_frame(
        phased(
            PeriodsState,
            stack(
                page_head(
                    "Periods",
                    "Stretches of days whose money is reconciled together, and then closed.",
                    back=("Reconciliation", RECONCILIATION),
                ),
                notices(PeriodsState),
                rx.cond(PeriodsState.closing != "", _consequence()),
                rx.cond(
                    has(PeriodsState.periods),
                    rx.el.ul(rx.foreach(PeriodsState.periods, _period), class_name="list"),
                    empty("There is no period yet", "Begin the first one below."),
                ),
                _begin(),
                class_name="wide",
            ),
        ),
        here=RECONCILIATION,
    )


def _consequence() -> rx.Component:
    return card(
        rx.el.p(f"Close {PeriodsState.closing_days}?", class_name="title"),
        rx.el.p(
            "What comes late is booked into the next period. A closed one is never opened again.",
            class_name="soft",
        ),
        actions(
            button(
                "Close it for good", PeriodsState.close, look="harm", disabled=PeriodsState.busy
            ),
            button("Leave it open", PeriodsState.ask_to_close(""), disabled=PeriodsState.busy),
        ),
    )


def _period(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(one.days, class_name="title"),
                rx.el.span(one.detail, class_name="small-text"),
                class_name="grow",
            ),
            tag(one.status, tone=one.tone),
            rx.cond(
                one.may_close,
                button(
                    "Close",
                    PeriodsState.ask_to_close(one.key),
                    look="small",
                    disabled=PeriodsState.busy,
                    aria_label=f"Close {one.days}",
                ),
            ),
            class_name="list-item",
        )
    )


def _begin() -> rx.Component:
    return card(
        rx.el.h2("Begin a period"),
        rx.el.form(
            rx.el.div(
                text_field("First day", "starts_on", type="date", required=True),
                text_field("Last day", "ends_on", type="date", required=True),
                class_name="fields",
            ),
            actions(submit("Begin it", disabled=PeriodsState.busy)),
            on_submit=PeriodsState.begin,
            key=f"begin-{PeriodsState.deeds}",
            class_name="stack",
        ),
    )
