"""
Commission plans: all of them, and the drafting of a new one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from application.commission.drafting import DraftCommissionPlan
from application.commission.queries import ListCommissionPlans, PlanVersionView, PlanView
from application.shared.access import Actor
from domain.commission.plan import PlanStatus
from domain.shared.ids import UserId, to_wire
from entrypoints.portal.pages.operations.plan_form import PlanFields, read_plan
from entrypoints.portal.pages.physician.earnings import LEVEL_WORDS
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, opening, zone_here
from entrypoints.portal.words import moment, short

ROUTE = "/operations/plans"
NEW_ROUTE = "/operations/new-plan"


@dataclass(frozen=True)
class PlanRow:
    """A plan in the list."""

    address: str
    name: str
    code: str
    level: str
    terms: str
    since: str
    used: str
    words: str
    tone: str


class PlansState(PageState, rx.State):
    """Every plan, by what goes before what."""

    plans: list[PlanRow] = []

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show them."""
        async with opening(self):
            await self._fill()

    async def _fill(self) -> None:
        zone = await zone_here(self)
        self.plans = [plan_row(one, zone) for one in await ask(self, ListCommissionPlans)]


class NewPlanState(PageState, rx.State):
    """The form of a new plan."""

    said: PlanFields = PlanFields()
    code: str = ""
    address: str = ""

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show an empty form."""
        async with opening(self):
            pass

    @allowed(Audience.STAFF)
    async def draft(self, form: dict[str, Any]) -> None:
        """Keep it as a draft."""
        async with acting(self):
            drafted = await ask(
                self,
                DraftCommissionPlan,
                content=read_plan(form, await zone_here(self)),
                code=str(form.get("code", "")).strip(),
            )
            self.address = plan_address(drafted.plan_id)
            self.notice = "The draft is kept. Look at what it would pay, and have it approved."


def plan_address(plan_id: Any) -> str:
    """Where a plan is shown."""
    return f"{ROUTE}/{to_wire('commission_plan', plan_id)}"


def plan_row(plan: PlanView, zone: str) -> PlanRow:
    """A line of the list: the version in force, or else the latest."""
    shown = next((one for one in plan.versions if one.in_force), plan.versions[0])
    words, tone = version_words(shown)
    if shown is not plan.versions[0] and plan.versions[0].status is PlanStatus.DRAFT:
        words, tone = "In force, a draft waits", "wait"
    return PlanRow(
        address=plan_address(plan.plan_id),
        name=shown.name,
        code=f"{plan.code}, version {shown.number}",
        level=LEVEL_WORDS[plan.level],
        terms=" ".join(shown.sentences),
        since=start_words(shown, zone),
        used=used_words(plan.versions),
        words=words,
        tone=tone,
    )


def version_words(version: PlanVersionView) -> tuple[str, str]:
    """How a version stands, and its tone."""
    now = datetime.now(UTC)
    if version.status is PlanStatus.DRAFT:
        return "Waits for approval", "wait"
    if version.status is PlanStatus.WITHDRAWN:
        ends = version.ends_at
        return ("Ends soon", "wait") if ends and ends > now else ("Withdrawn", "")
    if version.in_force:
        return "In force", "good"
    if version.effective_from is not None and version.effective_from > now:
        return "Takes effect later", "wait"
    return "Replaced", ""


def start_words(version: PlanVersionView, zone: str) -> str:
    """From when to when it applies."""
    if version.effective_from is None:
        return "Applies to nothing yet"
    since = f"For bookings from {moment(version.effective_from, zone)}"
    return f"{since} until {moment(version.ends_at, zone)}" if version.ends_at else since


def used_words(versions: tuple[PlanVersionView, ...]) -> str:
    """Where a plan is used."""
    bookings = sum(one.bookings for one in versions)
    contracts = sum(one.contracts for one in versions)
    return f"{bookings} bookings, {contracts} contracts"


def person_words(user_id: UserId | None, actor: Actor) -> str:
    """Who it was."""
    if user_id is None:
        return "before names were kept"
    return "you" if user_id == actor.user_id else f"a colleague ({short(to_wire('user', user_id))})"
