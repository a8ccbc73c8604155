"""
One commission plan: its versions, what a draft would pay, and what can be done about it.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.commission.drafting import DraftCommissionPlan, ReviseCommissionPlan
from application.commission.preview import DraftComparison, PreviewPlan
from application.commission.publication import (
    PublishCommissionPlan,
    SettledPlan,
    WithdrawCommissionPlan,
)
from application.commission.queries import PlanVersionView, PlanView, ViewCommissionPlan
from application.shared.access import Actor, Role
from domain.commission.plan import PlanStatus
from domain.shared.ids import CommissionPlanId
from domain.shared.money import Money
from entrypoints.portal.pages.operations.plan_form import PlanFields, read_plan, written
from entrypoints.portal.pages.operations.plans import (
    ROUTE,
    person_words,
    start_words,
    used_words,
    version_words,
)
from entrypoints.portal.pages.operations.reconciliation import signed_amount
from entrypoints.portal.pages.physician.earnings import (
    LEVEL_WORDS,
    StepLine,
    each_words,
    read_count,
    step_line,
)
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, moment

ONE_ROUTE = f"{ROUTE}/[commission_plan_id]"
_USUAL_MONTH = 20


@dataclass(frozen=True)
class VersionCard:
    """A version, whose work it is, and what can be done about it."""

    number: int
    name: str
    words: str
    tone: str
    since: str
    used: str
    terms: list[str]
    people: list[str]
    may_withdraw: bool


@dataclass(frozen=True)
class Comparison:
    """A service under a draft, and now."""

    service: str
    now: str
    now_each: str
    then: str
    then_each: str
    difference: str
    steps: list[StepLine]


class PlanState(PageState, rx.State):
    """The versions, the draft with its preview, and the form of the next one."""

    name: str = ""
    about: str = ""
    versions: list[VersionCard] = []
    draft_number: int = 0
    draft_says: str = ""
    hindrance: str = ""
    own_draft: bool = False
    may_decide: bool = False
    compared: list[Comparison] = []
    consultations: int = _USUAL_MONTH
    said: PlanFields = PlanFields()
    writable: bool = False
    deeds: int = 0

    _revision: int = 0

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def compare(self, form: dict[str, Any]) -> None:
        """Preview another month."""
        async with acting(self):
            self.consultations = read_count(form)
            await self._fill()

    @allowed(Audience.STAFF)
    async def publish(self) -> None:
        """Approve the draft that is shown."""
        async with acting(self):
            settled = await ask(
                self,
                PublishCommissionPlan,
                plan_id=self._id(),
                number=self.draft_number,
                revision=self._revision,
            )
            await self._done("Published.", settled)

    @allowed(Audience.STAFF)
    async def withdraw(self, form: dict[str, Any]) -> None:
        """Apply a version to no further booking."""
        async with acting(self):
            settled = await ask(
                self,
                WithdrawCommissionPlan,
                plan_id=self._id(),
                number=int(str(form.get("number", "0"))),
                reason=str(form.get("reason", "")),
            )
            await self._done("Withdrawn.", settled)

    @allowed(Audience.STAFF)
    async def draft(self, form: dict[str, Any]) -> None:
        """Change the draft, or write the draft of a new version."""
        async with acting(self):
            content = read_plan({"level": self.said.level} | form, await zone_here(self))
            if self.draft_number:
                await ask(
                    self,
                    ReviseCommissionPlan,
                    plan_id=self._id(),
                    number=self.draft_number,
                    content=content,
                )
            else:
                await ask(self, DraftCommissionPlan, plan_id=self._id(), content=content)
            await self._done("The draft is kept. Somebody else has to approve it.")

    def _id(self) -> CommissionPlanId:
        return CommissionPlanId(id_in_address(self, "commission_plan"))

    async def _done(self, words: str, settled: SettledPlan | None = None) -> None:
        await self._fill()
        self.deeds += 1
        if settled is not None and settled.changes_at is not None:
            when = moment(settled.changes_at, await zone_here(self))
            words += f" It counts for bookings from {when} on. {settled.told} physicians are told."
        self.notice = words

    async def _fill(self) -> None:
        actor, zone = await actor_of(self), await zone_here(self)
        plan: PlanView = await ask(self, ViewCommissionPlan, plan_id=self._id())
        latest = plan.versions[0]
        self.name = latest.name
        self.about = f"{LEVEL_WORDS[plan.level]} · {plan.code} · {used_words(plan.versions)}"
        self.may_decide = bool(actor.roles & {Role.FINANCE, Role.ADMINISTRATOR})
        self.versions = [version_card(one, actor, zone) for one in plan.versions]
        fields = written(latest, zone)
        self.writable = fields is not None
        self.said = fields or PlanFields(level=plan.level.value)
        self._note_draft(latest, actor, zone)
        self.compared = []
        if self.may_decide:
            found = await ask(
                self,
                PreviewPlan,
                plan_id=plan.plan_id,
                number=latest.number,
                consultations=self.consultations,
            )
            self.compared = [comparison(one) for one in found]

    def _note_draft(self, latest: PlanVersionView, actor: Actor, zone: str) -> None:
        is_draft = latest.status is PlanStatus.DRAFT
        self.draft_number = latest.number if is_draft else 0
        self._revision = latest.revision if is_draft else 0
        self.own_draft = is_draft and latest.drafted_by == actor.user_id
        self.hindrance = latest.hindrance if is_draft else ""
        self.draft_says = ""
        if is_draft and latest.may_start_at is not None:
            self.draft_says = (
                f"If it is published now, it counts for bookings from "
                f"{moment(latest.may_start_at, zone)} on, and {latest.concerns} physicians are "
                "told. Earlier bookings stay as they are."
            )


def version_card(one: PlanVersionView, actor: Actor, zone: str) -> VersionCard:
    """A version as the page tells it."""
    words, tone = version_words(one)
    people = [f"Written {moment(one.drafted_at, zone)} by {person_words(one.drafted_by, actor)}"]
    if one.published_at is not None:
        approver = person_words(one.published_by, actor)
        people.append(f"Approved {moment(one.published_at, zone)} by {approver}")
    if one.withdrawn_at is not None:
        who = person_words(one.withdrawn_by, actor)
        people.append(
            f"Withdrawn {moment(one.withdrawn_at, zone)} by {who}: {one.withdrawal_reason}"
        )
    return VersionCard(
        number=one.number,
        name=f"Version {one.number}: {one.name}",
        words=words,
        tone=tone,
        since=start_words(one, zone),
        used=used_words((one,)),
        terms=list(one.sentences),
        people=people,
        may_withdraw=one.status is not PlanStatus.WITHDRAWN,
    )


def comparison(one: DraftComparison) -> Comparison:
    """A service under a version and now."""
    now, then = one.present_month, one.month
    difference = Money(one.difference_minor, then.price.currency)
    return Comparison(
        service=one.service_name,
        now=amount(now.totals.earning) if now else "Nothing applies",
        now_each=f"{each_words(now)} each" if now else "",
        then=amount(then.totals.earning),
        then_each=f"{each_words(then)} each",
        difference=signed_amount(difference) if now else "",
        steps=[step_line(step) for step in then.steps],
    )
