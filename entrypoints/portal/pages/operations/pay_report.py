"""
Pay beside prescribing, for medical governance and finance.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import reflex as rx

from application.commission.report import (
    PayReportLine,
    PayReportSide,
    PeriodUnfit,
    ReportPayAndPrescribing,
)
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, opening
from entrypoints.portal.words import amount, day

ROUTE = "/operations/pay-report"


@dataclass(frozen=True)
class PayLine:
    """A physician."""

    name: str
    finished: int
    each: str
    pay: str
    prescriptions: int
    rate: int
    plans: str
    terms: str


@dataclass(frozen=True)
class PaySide:
    """All physicians in a currency."""

    currency: str
    words: str
    lines: list[PayLine]


class PayReportState(PageState, rx.State):
    """A period, and its report."""

    since: str = ""
    until: str = ""
    period: str = ""
    sides: list[PaySide] = []

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show the last three months."""
        async with opening(self):
            await self._report(None, None)

    @allowed(Audience.STAFF)
    async def report(self, form: dict[str, Any]) -> None:
        """Show another period."""
        async with acting(self):
            await self._report(read_day(form, "since"), read_day(form, "until"))
            self.notice = self.period

    async def _report(self, since: date | None, until: date | None) -> None:
        found = await ask(self, ReportPayAndPrescribing, since=since, until=until)
        self.since, self.until = found.since.isoformat(), found.until.isoformat()
        self.period = f"{day(found.since)} to {day(found.until)}"
        self.sides = [pay_side(one) for one in found.sides]


def read_day(form: dict[str, Any], name: str) -> date | None:
    """
    A day of the form.

    Raises:
        PeriodUnfit: It is none.
    """
    text = str(form.get(name, "")).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise PeriodUnfit("Write the day such as 2026-03-01.", field=name) from None


def pay_side(side: PayReportSide) -> PaySide:
    """A currency as the page tells it."""
    return PaySide(
        currency=side.currency.code,
        words=side.correlation.words,
        lines=[pay_line(one) for one in side.lines],
    )


def pay_line(line: PayReportLine) -> PayLine:
    """A physician as the page tells it."""
    facts = line.facts
    return PayLine(
        name=facts.name,
        finished=facts.finished,
        each=amount(line.pay_each) if line.pay_each is not None else "Nothing shared yet",
        pay=amount(facts.pay),
        prescriptions=facts.prescriptions,
        rate=line.prescribing,
        plans=", ".join(f"{plan.code} version {plan.version}" for plan in facts.plans),
        terms=" ".join(sentence for plan in facts.plans for sentence in plan.terms),
    )
