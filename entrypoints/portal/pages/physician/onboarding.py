"""
The checklist before the first patient: each step, what is missing, and who has to act.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.payouts.accounts import OpenPayoutAccount
from application.payouts.bank_accounts import LinkBankAccount
from application.physicians.application import SignContract
from application.physicians.identification import StartIdentityCheck
from application.physicians.licensing import AddLicence
from application.physicians.queries import OnboardingView, ViewOnboarding
from domain.payouts.payout_account import BankDetails
from domain.physicians.licence import LicenceKind, LicenceStatus
from domain.physicians.onboarding import Party, Step, StepName, StepState
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import ContractId, from_wire, to_wire
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Currency
from entrypoints.portal.http.joining import read_day
from entrypoints.portal.places import place_name
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.settings import portal_settings
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    follow,
    opening,
    own_physician,
)
from entrypoints.portal.words import day

ROUTE = "/physician/onboarding"

STEP_WORDS = {
    StepName.IDENTITY: "Prove who you are",
    StepName.LICENCES: "Licences",
    StepName.CONTRACT: "Contract",
    StepName.PAYOUT_ACCOUNT: "Payout account",
}
PARTY_WORDS = {
    Party.PHYSICIAN: "Waits for you",
    Party.PLATFORM: "Waits for us",
    Party.VENDOR: "Waits for our partner",
}
LICENCE_WORDS = {
    LicenceStatus.CLAIMED: ("Being checked", "wait"),
    LicenceStatus.VERIFIED: ("Verified", "good"),
    LicenceStatus.REFUSED: ("Refused", "harm"),
    LicenceStatus.EXPIRED: ("Expired", "harm"),
}
_STATE_WORDS = {
    StepState.TO_DO: ("To do", "wait"),
    StepState.WAITING: ("In progress", ""),
    StepState.ATTENTION: ("Needs attention", "harm"),
    StepState.DONE: ("Done", "good"),
}
STATUS_WORDS = {
    PhysicianStatus.APPLIED: ("We are looking at your application.", "wait"),
    PhysicianStatus.IN_ONBOARDING: ("Finish these steps to see your first patient.", "wait"),
    PhysicianStatus.ACTIVE: ("You can take patients.", ""),
    PhysicianStatus.SUSPENDED: ("You are suspended and cannot take patients.", "harm"),
    PhysicianStatus.REJECTED: ("Your application was turned down.", "harm"),
}


@dataclass(frozen=True)
class ChecklistStep:
    """A step, in words."""

    name: str
    title: str
    words: str
    tone: str
    missing: str
    who: str
    done: bool


@dataclass(frozen=True)
class LicenceLine:
    """A licence and how it was received."""

    place: str
    number: str
    until: str
    words: str
    tone: str


class OnboardingState(PageState, rx.State):
    """The physician's own checklist."""

    name: str = ""
    status: str = ""
    tone: str = ""
    steps: list[ChecklistStep] = []
    licences: list[LicenceLine] = []
    identity_open: bool = False
    contract_offered: str = ""
    account_open: bool = False
    adds: int = 0

    _contract: str = ""

    @allowed(Audience.PHYSICIAN)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def prove_identity(self) -> Any:
        """Go to the partner that compares a face with a document."""
        async with acting(self):
            started = await ask(
                self,
                StartIdentityCheck,
                physician_id=await own_physician(self),
                return_url=f"{portal_settings().address}{ROUTE}",
            )
            if started.url:
                return rx.redirect(started.url)
            await self._fill()
            self.notice = "Our partner has all it needs and is checking."
        return None

    @allowed(Audience.PHYSICIAN)
    async def add_licence(self, form: dict[str, Any]) -> None:
        """Claim a licence."""
        async with acting(self):
            place = Jurisdiction(str(form.get("place", "")))
            await ask(
                self,
                AddLicence,
                physician_id=await own_physician(self),
                jurisdiction=place,
                kind=licence_kind(place),
                number=str(form.get("number", "")),
                expires_on=read_day(str(form.get("expires_on", "")), field="expires_on"),
            )
            await self._fill()
            self.adds += 1
            self.notice = "Your licence is added. We check it now."

    @allowed(Audience.PHYSICIAN)
    async def sign_contract(self) -> None:
        """Agree to the contract that was shown."""
        async with acting(self):
            await ask(
                self,
                SignContract,
                physician_id=await own_physician(self),
                contract_id=ContractId(from_wire("contract", self._contract)),
            )
            await self._fill()
            self.notice = "Your contract is signed."

    @allowed(Audience.PHYSICIAN)
    async def open_account(self, form: dict[str, Any]) -> None:
        """Open the payout account and name the bank account."""
        async with acting(self):
            physician_id = await own_physician(self)
            bank = bank_of(form)
            await ask(self, OpenPayoutAccount, physician_id=physician_id)
            await ask(self, LinkBankAccount, physician_id=physician_id, bank=bank)
            await self._fill()
            self.adds += 1
            self.notice = "Your bank account is with our payout partner now. We do not keep it."

    async def _fill(self) -> None:
        physician_id = await own_physician(self)
        follow(self, physician_id)
        view: OnboardingView = await ask(self, ViewOnboarding, physician_id=physician_id)
        self.name = view.name
        self.status, self.tone = STATUS_WORDS[view.status]
        self.steps = [step_words(step) for step in view.steps]
        states = {step.name: step.state for step in view.steps}
        open_states = (StepState.TO_DO, StepState.ATTENTION)
        self.identity_open = states[StepName.IDENTITY] in open_states
        self.account_open = states[StepName.PAYOUT_ACCOUNT] in open_states
        self.licences = licence_lines(view)
        offered = view.offered_contract
        self._contract = to_wire("contract", offered.contract_id) if offered is not None else ""
        self.contract_offered = (
            f"Terms of pay, version {offered.commission_plan_version}, "
            f"offered on {day(offered.offered_at.date())}."
            if offered is not None and offered.signed_at is None
            else ""
        )


def step_words(step: Step) -> ChecklistStep:
    """A step of the checklist, to read."""
    words, tone = _STATE_WORDS[step.state]
    return ChecklistStep(
        name=step.name.value,
        title=STEP_WORDS[step.name],
        words=words,
        tone=tone,
        missing=step.missing or "",
        who=PARTY_WORDS[step.who_acts] if step.who_acts is not None else "",
        done=step.is_done,
    )


def licence_lines(view: OnboardingView) -> list[LicenceLine]:
    """Licences, to read."""
    return [
        LicenceLine(
            place=place_name(one.jurisdiction),
            number=f"{one.kind.value.upper()} {one.number}",
            until=f"Until {day(one.expires_on)}",
            words=LICENCE_WORDS[one.status][0],
            tone=LICENCE_WORDS[one.status][1],
        )
        for one in view.licences
    ]


def licence_kind(place: Jurisdiction) -> LicenceKind:
    """Which number a place's licences have."""
    return {"US": LicenceKind.NPI, "AU": LicenceKind.AHPRA}.get(
        place.country, LicenceKind.REGISTRATION
    )


ROUTINGS = {
    "AU": ("AUD", "bsb"),
    "US": ("USD", "aba"),
    "GB": ("GBP", "sort_code"),
    "FR": ("EUR", "swift_code"),
    "NZ": ("NZD", "swift_code"),
}


def bank_of(form: dict[str, Any]) -> BankDetails:
    """The bank account that the form names. It is passed on, and kept nowhere here."""
    country = str(form.get("bank_country", "AU"))
    currency, routing = ROUTINGS.get(country, ROUTINGS["AU"])
    return BankDetails(
        country=country,
        currency=Currency(currency),
        account_name=str(form.get("account_name", "")).strip(),
        account_number=str(form.get("account_number", "")).replace(" ", ""),
        routing_type=routing,
        routing_value=str(form.get("routing_value", "")).replace(" ", "").replace("-", ""),
    )
