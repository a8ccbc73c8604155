"""
What would a month earn? For a physician, by the plan that a booking would get now.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.commission.preview import EarningsPreview, PreviewEarnings
from domain.commission.scope import PlanLevel
from domain.commission.words import percent_words
from domain.payments.preview import MonthPreview, PreviewStep, TooMany
from domain.physicians.physician import PhysicianNotFound
from domain.shared.ids import PhysicianId
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, actor_of, ask, opening
from entrypoints.portal.words import amount

ROUTE = "/physician/earnings"
USUAL_MONTH = 20

LEVEL_WORDS = {
    PlanLevel.CAMPAIGN: "Campaign",
    PlanLevel.CONTRACT: "By contract",
    PlanLevel.SERVICE: "For services",
    PlanLevel.DEFAULT: "Default",
}
_LEFT_OUT_WORDS = {"weekday": "the day of the week", "jurisdiction": "where the patient is"}


@dataclass(frozen=True)
class StepLine:
    """Consultations in a row that are shared alike."""

    which: str
    share: str
    commission: str
    earning: str


@dataclass(frozen=True)
class PlanLine:
    """A plan that was looked at, and what became of it."""

    name: str
    because: str
    words: str
    tone: str


@dataclass(frozen=True)
class ServiceMonth:
    """A month of one service."""

    code: str
    name: str
    price: str
    gross: str
    commission: str
    fee: str
    tax: str
    net: str
    net_each: str
    steps: list[StepLine]
    terms: list[str]
    plan: str
    why: str
    plans: list[PlanLine]
    left_out: str


class EarningsState(PageState, rx.State):
    """The number of consultations, the service, and what they would earn."""

    months: list[ServiceMonth] = []
    shown: list[ServiceMonth] = []
    consultations: int = USUAL_MONTH
    service: str = ""

    @allowed(Audience.PHYSICIAN)
    async def load(self) -> None:
        """Show a usual month of every service."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def work_out(self, form: dict[str, Any]) -> None:
        """Show another month."""
        async with acting(self):
            self.consultations = read_count(form)
            self.service = str(form.get("service", ""))
            await self._fill()
            self.notice = f"Worked out for {consultations_words(self.consultations)}."

    async def _fill(self) -> None:
        found = await ask(
            self,
            PreviewEarnings,
            physician_id=await self._physician(),
            consultations=self.consultations,
        )
        self.months = [month_words(one) for one in found]
        self.shown = [one for one in self.months if self.service in ("", one.code)]

    async def _physician(self) -> PhysicianId:
        actor = await actor_of(self)
        if actor.physician_id is None:
            raise PhysicianNotFound("There are no earnings of yours.")
        return actor.physician_id


def read_count(form: dict[str, Any]) -> int:
    """
    How many consultations somebody wrote.

    Raises:
        TooMany: It is no number.
    """
    text = str(form.get("consultations", "")).strip()
    if not text.isdecimal():
        raise TooMany("Write how many consultations, as a number.", field="consultations")
    return int(text)


def consultations_words(number: int) -> str:
    """`1 consultation`, `20 consultations`."""
    return f"{number} consultation{'' if number == 1 else 's'}"


def month_words(one: EarningsPreview) -> ServiceMonth:
    """A month of a service, as the page tells it."""
    month, totals = one.month, one.month.totals
    return ServiceMonth(
        code=one.service_code,
        name=one.service_name,
        price=amount(month.price),
        gross=amount(month.gross),
        commission=amount(totals.commission),
        fee=amount(totals.platform_fee),
        tax=amount(totals.tax),
        net=amount(totals.earning),
        net_each=each_words(month),
        steps=[step_line(step) for step in month.steps],
        terms=list(one.sentences),
        plan=f"{one.plan.name}, version {one.plan.version}",
        why=one.plan.why,
        plans=[
            PlanLine(
                name=f"{plan.code}, version {plan.version}",
                because=plan.because,
                words="Chosen" if plan.chosen else LEVEL_WORDS[plan.level],
                tone="good" if plan.chosen else "",
            )
            for plan in one.considered
        ],
        left_out=left_out_words(one.left_out),
    )


def step_line(step: PreviewStep) -> StepLine:
    """A step in words."""
    which = f"{step.first}" if step.first == step.last else f"{step.first} to {step.last}"
    return StepLine(
        which=which,
        share=percent_words(step.percent_bp),
        commission=amount(step.each.commission),
        earning=amount(step.each.earning),
    )


def each_words(month: MonthPreview) -> str:
    """What one consultation earns; from and to, where that depends on how many went before."""
    earnings = [step.each.earning for step in month.steps]
    least, most = min(earnings), max(earnings)
    return amount(least) if least == most else f"{amount(least)} to {amount(most)}"


def left_out_words(facts: tuple[str, ...]) -> str:
    """What could not be known."""
    if not facts:
        return ""
    known = " and ".join(_LEFT_OUT_WORDS.get(fact, fact) for fact in facts)
    return f"Your plan also goes by {known}, which nobody knows before. That is left out here."
