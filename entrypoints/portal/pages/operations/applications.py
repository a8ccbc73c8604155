"""
Physicians who applied: the list, and one application with what can be done about it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from application.commission.queries import ListCommissionPlans
from application.physicians.application import OfferContract, RejectApplication
from application.physicians.licensing import AttestLicence, RefuseLicence, VerifyLicence
from application.physicians.queries import (
    ApplicationSummary,
    ListApplications,
    OnboardingView,
    ViewOnboarding,
)
from application.physicians.standing import (
    ActivateWhenReady,
    ReinstatePhysician,
    SuspendPhysician,
)
from domain.commission.scope import PlanLevel
from domain.physicians.events import SuspensionReason
from domain.physicians.licence import LicenceKind, LicenceStatus
from domain.physicians.physician import PhysicianStatus
from domain.shared.errors import Conflict
from domain.shared.ids import CommissionPlanId, LicenceId, from_wire, to_wire
from entrypoints.portal.pages.physician.onboarding import (
    LICENCE_WORDS,
    STEP_WORDS,
    ChecklistStep,
    step_words,
)
from entrypoints.portal.places import language_name, place_name, specialty_name
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    follow,
    id_in_address,
    opening,
)
from entrypoints.portal.words import ago, day

ROUTE = "/operations/applications"
ONE_ROUTE = "/operations/applications/[physician_id]"

_ALL = tuple(PhysicianStatus)
_IN_CONTRACTS = (PlanLevel.CONTRACT, PlanLevel.DEFAULT)
STATUS_WORDS = {
    PhysicianStatus.APPLIED: ("Applied", "wait"),
    PhysicianStatus.IN_ONBOARDING: ("In onboarding", "wait"),
    PhysicianStatus.ACTIVE: ("Active", "good"),
    PhysicianStatus.SUSPENDED: ("Suspended", "harm"),
    PhysicianStatus.REJECTED: ("Turned down", ""),
}


class NothingOnOffer(Conflict):
    """There is no plan by which a contract could be offered."""


@dataclass(frozen=True)
class Applicant:
    """A physician in the list."""

    address: str
    name: str
    specialties: str
    open_steps: str
    age: str
    words: str
    tone: str


@dataclass(frozen=True)
class PlanOption:
    """Terms of pay that a contract can be offered under."""

    key: str
    words: str


@dataclass(frozen=True)
class LicenceToCheck:
    """A licence as operations see it."""

    key: str
    place: str
    number: str
    until: str
    words: str
    tone: str
    attested: str
    may_ask: bool
    may_attest: bool
    may_refuse: bool


class ApplicationsState(PageState, rx.State):
    """The list: applications first, or everybody."""

    applicants: list[Applicant] = []
    everybody: bool = False

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show who applied."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def show_all(self, everybody: bool) -> None:  # noqa: FBT001 - a checkbox sends it
        """Show everybody, or only applications."""
        async with acting(self):
            self.everybody = bool(everybody)
            await self._fill()

    async def _fill(self) -> None:
        follow(self)
        more: dict[str, Any] = {"statuses": _ALL} if self.everybody else {}
        found = await ask(self, ListApplications, **more)
        now = datetime.now(UTC)
        self.applicants = [applicant_of(one, now) for one in found.items]


class ApplicationState(PageState, rx.State):
    """One physician's checklist, with the actions of operations."""

    name: str = ""
    about: str = ""
    words: str = ""
    tone: str = ""
    steps: list[ChecklistStep] = []
    licences: list[LicenceToCheck] = []
    contract: str = ""
    may_offer: bool = False
    plans: list[PlanOption] = []
    may_activate: bool = False
    may_suspend: bool = False
    may_reinstate: bool = False
    may_reject: bool = False
    deeds: int = 0

    _plans: dict[str, tuple[CommissionPlanId, int]] = {}

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.STAFF)
    async def offer(self, form: dict[str, Any]) -> None:
        """Offer a contract under a plan that is in force."""
        async with acting(self):
            plan = self._plans.get(str(form.get("plan", "")))
            if plan is None:
                raise NothingOnOffer("Publish a commission plan first, and choose it.")
            plan_id, number = plan
            await ask(
                self,
                OfferContract,
                physician_id=self._id(),
                commission_plan_id=plan_id,
                commission_plan_version=number,
            )
            await self._done("The contract is offered.")

    @allowed(Audience.STAFF)
    async def ask_registry(self, key: str) -> None:
        """Ask the registry about a licence now."""
        async with acting(self):
            await ask(self, VerifyLicence, physician_id=self._id(), licence_id=self._licence(key))
            await self._done("The registry was asked.")

    @allowed(Audience.STAFF)
    async def attest(self, form: dict[str, Any]) -> None:
        """Say that one has looked the licence up, and where."""
        async with acting(self):
            await ask(
                self,
                AttestLicence,
                physician_id=self._id(),
                licence_id=self._licence(str(form.get("licence", ""))),
                evidence=str(form.get("evidence", "")),
            )
            await self._done("Your confirmation is noted.")

    @allowed(Audience.STAFF)
    async def refuse(self, form: dict[str, Any]) -> None:
        """Refuse a licence."""
        async with acting(self):
            await ask(
                self,
                RefuseLicence,
                physician_id=self._id(),
                licence_id=self._licence(str(form.get("licence", ""))),
                reason=str(form.get("evidence", "")),
            )
            await self._done("The licence is refused.")

    @allowed(Audience.STAFF)
    async def activate(self) -> None:
        """Let the physician take patients, when nothing is open."""
        async with acting(self):
            await ask(self, ActivateWhenReady, physician_id=self._id())
            await self._done("The checklist was looked at again.")

    @allowed(Audience.STAFF)
    async def suspend(self, form: dict[str, Any]) -> None:
        """Keep the physician from taking patients."""
        async with acting(self):
            await ask(
                self,
                SuspendPhysician,
                physician_id=self._id(),
                reason=SuspensionReason(str(form.get("reason", ""))),
            )
            await self._done("The physician is suspended.")

    @allowed(Audience.STAFF)
    async def reinstate(self) -> None:
        """Let a suspended physician take patients again."""
        async with acting(self):
            await ask(self, ReinstatePhysician, physician_id=self._id())
            await self._done("The physician can take patients again.")

    @allowed(Audience.STAFF)
    async def reject(self, form: dict[str, Any]) -> None:
        """Turn the application down."""
        async with acting(self):
            await ask(
                self,
                RejectApplication,
                physician_id=self._id(),
                reason=str(form.get("reason", "")),
            )
            await self._done("The application is turned down.")

    def _id(self) -> Any:
        return id_in_address(self, "physician")

    def _licence(self, key: str) -> LicenceId:
        return LicenceId(from_wire("licence", str(key)))

    async def _done(self, words: str) -> None:
        await self._fill()
        self.deeds += 1
        self.notice = words

    async def _fill(self) -> None:
        physician_id = self._id()
        follow(self, physician_id)
        view: OnboardingView = await ask(self, ViewOnboarding, physician_id=physician_id)
        self.name = view.name
        self.about = " · ".join(
            (
                ", ".join(specialty_name(code) for code in view.specialties),
                ", ".join(language_name(code) for code in view.languages),
                f"applied {day(view.applied_at.date())}",
            )
        )
        self.words, self.tone = STATUS_WORDS[view.status]
        self.steps = [step_words(step) for step in view.steps]
        self.licences = licences_to_check(view)
        self.contract = contract_words(view)
        status = view.status
        applying = status in (PhysicianStatus.APPLIED, PhysicianStatus.IN_ONBOARDING)
        self.may_offer = applying and view.contract is None and view.offered_contract is None
        await self._fill_plans()
        self.may_activate = applying and view.is_complete
        self.may_suspend = status is PhysicianStatus.ACTIVE
        self.may_reinstate = status is PhysicianStatus.SUSPENDED
        self.may_reject = applying

    async def _fill_plans(self) -> None:
        """Contracts name the default plan, or one that is only for those whose contract does."""
        self.plans, self._plans = [], {}
        if not self.may_offer:
            return
        for plan in await ask(self, ListCommissionPlans):
            for version in plan.versions:
                if version.in_force and plan.level in _IN_CONTRACTS:
                    self._plans[plan.code] = (plan.plan_id, version.number)
                    words = f"{version.name}. {' '.join(version.sentences)}"
                    self.plans = [*self.plans, PlanOption(key=plan.code, words=words)]


def applicant_of(one: ApplicationSummary, now: datetime) -> Applicant:
    """A line of the list."""
    words, tone = STATUS_WORDS[one.status]
    steps = ", ".join(STEP_WORDS[name] for name in one.open_steps)
    return Applicant(
        address=f"/operations/applications/{to_wire('physician', one.physician_id)}",
        name=one.name,
        specialties=", ".join(specialty_name(code) for code in one.specialties),
        open_steps=f"Open: {steps}" if steps else "Nothing is open",
        age=ago(one.applied_at, now=now),
        words=words,
        tone=tone,
    )


def licences_to_check(view: OnboardingView) -> list[LicenceToCheck]:
    """Licences with what can be done about them."""
    lines = []
    for one in view.licences:
        words, tone = LICENCE_WORDS[one.status]
        claimed = one.status is LicenceStatus.CLAIMED
        lines.append(
            LicenceToCheck(
                key=to_wire("licence", one.licence_id),
                place=place_name(one.jurisdiction),
                number=f"{one.kind.value.upper()} {one.number}",
                until=f"Until {day(one.expires_on)}",
                words=words,
                tone=tone,
                attested=f"{len(one.attested_by)} of 2 confirmed" if claimed else "",
                may_ask=claimed and one.kind is LicenceKind.NPI,
                may_attest=claimed and one.kind is not LicenceKind.NPI,
                may_refuse=claimed,
            )
        )
    return lines


def contract_words(view: OnboardingView) -> str:
    """How the contract stands."""
    if view.contract is not None and view.contract.signed_at is not None:
        return f"Signed on {day(view.contract.signed_at.date())}."
    if view.offered_contract is not None:
        return f"Offered on {day(view.offered_contract.offered_at.date())}, not signed yet."
    return "Not offered yet."
