"""
What people do in a clinic, step by step, through the use cases that they use.

The patient's card page and the vendors' own doings are the sandbox's; here is only what a
person would click. Steps that depend on a vendor or a worker wait until it has happened.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from attrs import define, field
from stripe import StripeClient

from application.consultations.assignment import ClaimConsultation
from application.consultations.care import (
    CompleteConsultation,
    OpenConsultation,
    SignNote,
    WriteNote,
)
from application.consultations.intake import SaveAnswers, StartConsultation, SubmitIntake
from application.consultations.viewing import ViewConsultation
from application.identity.authentication import Authenticate
from application.identity.registration import RegisterUser
from application.identity.sign_in import SignIn
from application.orders.queries import ListOrdersOfPrescription, OrderView
from application.patients.consents import GiveConsent
from application.patients.queries import ListConsentTexts
from application.patients.record import ChangePatientDetails, UpdateHealthProfile
from application.patients.registration import RegisterPatient
from application.payments.initiation import StartPayment
from application.payouts.accounts import OpenPayoutAccount
from application.payouts.approval import ApprovePayout
from application.payouts.bank_accounts import LinkBankAccount
from application.payouts.initiation import RequestPayout
from application.payouts.queries import PayoutView, ViewPayout
from application.physicians.application import ApplyAsPhysician, OfferContract, SignContract
from application.physicians.identification import StartIdentityCheck
from application.physicians.licensing import AddLicence, AttestLicence
from application.physicians.queries import OnboardingView, ViewOnboarding
from application.prescriptions.drafting import (
    DraftPrescription,
    PrescriptionLine,
    ScreenPrescription,
    SearchMedications,
)
from application.prescriptions.signing import SignPrescription
from application.scheduling.booking import HoldSlot
from application.scheduling.hours import SetAvailability
from application.scheduling.queries import FindSlots
from application.shared.access import Actor
from application.shared.ports import Clock
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.follow_up import FollowUpPlan
from domain.consultations.outcome import ConsultationOutcome
from domain.patients.health_profile import HealthEntry, HealthFacts
from domain.patients.patient import PersonName, PostalAddress
from domain.payouts.payout import PayoutStatus
from domain.payouts.payout_account import BankDetails
from domain.physicians.licence import LicenceStatus
from domain.physicians.onboarding import StepName, StepState
from domain.scheduling.availability import BookingLimits
from domain.scheduling.working_hours import DayHours, WeeklyHours
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import (
    CommissionPlanId,
    ConsultationId,
    PatientId,
    PayoutId,
    PhysicianId,
    PrescriptionId,
    ServiceId,
)
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money
from entrypoints.container import Container
from entrypoints.seeding.parts import MedicineScript, PatientScript, PhysicianScript

UseCase = TypeVar("UseCase")
PATIENCE_SECONDS = 90.0
CARD_THAT_PAYS = "pm_card_visa"


class StoryStuck(Exception):
    """Something that should have happened by itself did not."""


@define(eq=False)
class Clinic:
    """Acts for everybody. `staff` are two different people: some things take two."""

    container: Container
    password: str
    _actors: dict[str, Actor] = field(factory=dict, init=False)

    def use(self, kind: type[UseCase]) -> UseCase:
        """Make a use case."""
        return self.container.resolve(kind)

    def now(self) -> datetime:
        """The clinic's present."""
        return self.use(Clock).now()

    def actor(self, email: str) -> Actor:
        """Sign somebody in."""
        issued = self.use(SignIn)(
            email=EmailAddress(email), password=self.password, device="seeding"
        )
        return self.use(Authenticate)(token=issued.token)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """
        Wait for something that vendors and workers bring about.

        Raises:
            StoryStuck: It did not happen.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise StoryStuck(f"waited {PATIENCE_SECONDS:.0f} s in vain: {what}")
            time.sleep(0.05)

    # Patients

    def register_patient(self, script: PatientScript) -> Actor:
        """Register, agree to the texts, tell of one's health."""
        self.use(RegisterPatient)(
            email=EmailAddress(script.email),
            password=self.password,
            name=PersonName(given=script.given, family=script.family),
            date_of_birth=script.born,
            sex=script.sex,
            place=Jurisdiction(script.place),
            phone=PhoneNumber(script.phone),
            time_zone=script.time_zone,
            locale=script.locale,
        )
        actor = self.actor(script.email)
        patient_id = own_patient(actor)
        for text in self.use(ListConsentTexts)():
            self.use(GiveConsent)(
                actor=actor, patient_id=patient_id, kind=text.kind, text_version=text.version
            )
        self._describe(actor, script)
        return actor

    def _describe(self, actor: Actor, script: PatientScript) -> None:
        line, city, postal_code = script.address
        place = Jurisdiction(script.place)
        self.use(ChangePatientDetails)(
            actor=actor,
            patient_id=own_patient(actor),
            name=PersonName(given=script.given, family=script.family),
            sex=script.sex,
            phone=PhoneNumber(script.phone),
            address=PostalAddress(line=line, city=city, postal_code=postal_code, place=place),
            place=place,
            time_zone=script.time_zone,
            locale=script.locale,
        )

        def entries(given: tuple[tuple[str, str | None], ...]) -> tuple[HealthEntry, ...]:
            return tuple(HealthEntry(name=name, code=code) for name, code in given)

        self.use(UpdateHealthProfile)(
            actor=actor,
            patient_id=own_patient(actor),
            facts=HealthFacts(
                allergies=entries(script.allergies),
                conditions=entries(script.conditions),
                medications=entries(script.medications),
            ),
        )

    # Physicians

    def apply(self, script: PhysicianScript) -> Actor:
        """Open an account and apply."""
        self.use(RegisterUser)(
            email=EmailAddress(script.email),
            password=self.password,
            name=f"{script.given} {script.family}",
            time_zone=script.time_zone,
        )
        self.use(ApplyAsPhysician)(
            actor=self.actor(script.email),
            given_name=script.given,
            family_name=script.family,
            specialties=script.specialties,
            languages=script.languages,
            time_zone=script.time_zone,
        )
        return self.actor(script.email)

    def prove_identity(self, actor: Actor, *, return_url: str) -> None:
        """Show document and face to the vendor."""
        physician_id = own_physician(actor)
        self.use(StartIdentityCheck)(actor=actor, physician_id=physician_id, return_url=return_url)
        self.wait_until(
            lambda: self.step_is_done(actor, StepName.IDENTITY), "the identity is verified"
        )

    def claim_licences(self, actor: Actor, script: PhysicianScript) -> None:
        """Name every licence."""
        for licence in script.licences:
            self.use(AddLicence)(
                actor=actor,
                physician_id=own_physician(actor),
                jurisdiction=Jurisdiction(licence.place),
                kind=licence.kind,
                number=licence.number,
                expires_on=(self.now() + timedelta(days=700)).date(),
            )

    def attest_licences(self, actor: Actor, operators: Sequence[Actor]) -> None:
        """Look up what no registry answers for by program: each operator for themselves."""
        physician_id = own_physician(actor)
        for licence in self.onboarding(actor).licences:
            if licence.kind.has_registry or licence.status is not LicenceStatus.CLAIMED:
                continue
            for operator in operators:
                self.use(AttestLicence)(
                    actor=operator,
                    physician_id=physician_id,
                    licence_id=licence.licence_id,
                    evidence=f"Public register, looked up under {licence.number}",
                )

    def agree_on_pay(
        self, actor: Actor, finance: Actor, *, plan_id: CommissionPlanId, version: int
    ) -> None:
        """Offer a contract and sign it."""
        physician_id = own_physician(actor)
        self.use(OfferContract)(
            actor=finance,
            physician_id=physician_id,
            commission_plan_id=plan_id,
            commission_plan_version=version,
        )
        offered = self.onboarding(actor).offered_contract
        if offered is not None:
            self.use(SignContract)(
                actor=actor, physician_id=physician_id, contract_id=offered.contract_id
            )

    def open_payout_account(self, actor: Actor, bank: BankDetails) -> None:
        """Be introduced to the payout vendor, and name a bank account."""
        physician_id = own_physician(actor)
        self.use(OpenPayoutAccount)(actor=actor, physician_id=physician_id)
        self.wait_until(
            lambda: self.step_is_done(actor, StepName.PAYOUT_ACCOUNT),
            "the payout account is active",
        )
        self.use(LinkBankAccount)(actor=actor, physician_id=physician_id, bank=bank)

    def withdraw(self, actor: Actor, amount: Money, *, finance: Iterable[Actor]) -> PayoutId:
        """Withdraw as a physician; finance agrees where it takes that; and the bank pays."""

        def seen() -> PayoutView:
            return self.use(ViewPayout)(actor=actor, payout_id=payout_id)

        payout_id: PayoutId = self.use(RequestPayout)(
            actor=actor, physician_id=own_physician(actor), amount=amount
        )
        if seen().signatures_missing:
            for person in finance:
                self.use(ApprovePayout)(actor=person, payout_id=payout_id)
        self.wait_until(lambda: seen().status is PayoutStatus.PAID, "the payout is paid")
        return payout_id

    def open_hours(self, actor: Actor, script: PhysicianScript) -> None:
        """Say when visits can be booked."""
        self.use(SetAvailability)(
            actor=actor,
            physician_id=own_physician(actor),
            time_zone=script.time_zone,
            weekly=[
                WeeklyHours(weekday, DayHours(start * 60, end * 60))
                for weekday, start, end in script.hours
            ],
            limits=BookingLimits(minimum_notice=timedelta(minutes=30)),
        )

    def onboarding(self, actor: Actor) -> OnboardingView:
        """The checklist."""
        return self.use(ViewOnboarding)(actor=actor, physician_id=own_physician(actor))

    def step_is_done(self, actor: Actor, name: StepName) -> bool:
        """Whether a line of the checklist is done."""
        steps = self.onboarding(actor).steps
        return any(step.name is name and step.state is StepState.DONE for step in steps)

    # Consultations

    def begin(
        self, actor: Actor, service_id: ServiceId, answers: Mapping[str, Any]
    ) -> ConsultationId:
        """Start an intake and answer it."""
        consultation_id = self.use(StartConsultation)(actor=actor, service_id=service_id)
        self.use(SaveAnswers)(actor=actor, consultation_id=consultation_id, answers=answers)
        return consultation_id

    def hold_first_slot(
        self, actor: Actor, consultation_id: ConsultationId, service_id: ServiceId, place: str
    ) -> datetime:
        """Take the earliest time on offer, and say when it is."""
        slots = self.use(FindSlots)(
            actor=actor, service_id=service_id, place=Jurisdiction(place), limit=1
        )
        if not slots:
            raise StoryStuck("no time is free for a visit")
        self.use(HoldSlot)(
            actor=actor,
            consultation_id=consultation_id,
            physician_id=slots[0].physician_id,
            start_at=slots[0].start_at,
        )
        return slots[0].start_at

    def submit(self, actor: Actor, consultation_id: ConsultationId) -> ConsultationStatus:
        """Hand the intake in."""
        progress = self.use(SubmitIntake)(actor=actor, consultation_id=consultation_id)
        return progress.status

    def enter_card(
        self,
        actor: Actor,
        consultation_id: ConsultationId,
        *,
        return_url: str,
        card: str = CARD_THAT_PAYS,
    ) -> str:
        """
        Give a card on the processor's page.

        Returns:
            The processor's name of the payment.

        Raises:
            CardError: The card is declined.
        """
        to_make = self.use(StartPayment)(
            actor=actor, consultation_id=consultation_id, return_url=return_url
        )
        intent = to_make.client_secret.split("_secret_")[0]
        self.use(StripeClient).v1.payment_intents.confirm(
            intent, {"payment_method": card, "return_url": return_url}
        )
        return intent

    def pay(self, actor: Actor, consultation_id: ConsultationId, *, return_url: str) -> None:
        """Pay by card on the processor's page, and wait until we know."""
        self.enter_card(actor, consultation_id, return_url=return_url)
        self.wait_for_status(
            actor,
            consultation_id,
            {ConsultationStatus.WAITING, ConsultationStatus.CLAIMED},
        )

    def wait_for_status(
        self, actor: Actor, consultation_id: ConsultationId, wanted: set[ConsultationStatus]
    ) -> None:
        """Wait until a patient sees one of these states."""
        names = " or ".join(sorted(status.value for status in wanted))
        self.wait_until(
            lambda: (
                self.use(ViewConsultation)(
                    actor=actor, consultation_id=consultation_id
                ).summary.status
                in wanted
            ),
            f"the consultation is {names}",
        )

    def claim(self, actor: Actor, consultation_id: ConsultationId) -> None:
        """Take it."""
        self.use(ClaimConsultation)(actor=actor, consultation_id=consultation_id)

    def examine(self, actor: Actor, consultation_id: ConsultationId, note: Sequence[str]) -> None:
        """Open it and write the note: subjective, objective, assessment, plan."""
        subjective, objective, assessment, plan = note
        self.use(OpenConsultation)(actor=actor, consultation_id=consultation_id)
        self.use(WriteNote)(
            actor=actor,
            consultation_id=consultation_id,
            subjective=subjective,
            objective=objective,
            assessment=assessment,
            plan=plan,
        )

    def prescribe(
        self, actor: Actor, consultation_id: ConsultationId, medicine: MedicineScript
    ) -> PrescriptionId:
        """Find a medicine, look at the screen, sign exactly what is shown."""
        found = self.use(SearchMedications)(actor=actor, words=medicine.words)
        if not found:
            raise StoryStuck(f"no medicine is called {medicine.words}")
        prescription_id = self.use(DraftPrescription)(
            actor=actor,
            consultation_id=consultation_id,
            lines=[
                PrescriptionLine(
                    medication_code=found[0].code,
                    dose=Decimal(medicine.dose),
                    times_per_day=medicine.times_per_day,
                    quantity=medicine.quantity,
                    days=medicine.days,
                    repeats=medicine.repeats,
                    note=medicine.note,
                )
            ],
        )
        shown = self.use(ScreenPrescription)(actor=actor, prescription_id=prescription_id)
        self.use(SignPrescription)(
            actor=actor,
            prescription_id=prescription_id,
            content_hash=shown.content_hash,
            acknowledged=[finding.code for finding in shown.findings],
        )
        return prescription_id

    def conclude(
        self,
        actor: Actor,
        consultation_id: ConsultationId,
        outcome: ConsultationOutcome,
        *,
        follow_up_days: int | None = None,
    ) -> None:
        """Sign the note and close the consultation."""
        self.use(SignNote)(actor=actor, consultation_id=consultation_id)
        plan = None
        if follow_up_days is not None:
            due_at = self.now() + timedelta(days=follow_up_days)
            plan = FollowUpPlan(due_at=due_at, instructions="Tell me how it went.")
        self.use(CompleteConsultation)(
            actor=actor, consultation_id=consultation_id, outcome=outcome, follow_up=plan
        )

    def orders_of(self, actor: Actor, prescription_id: PrescriptionId) -> tuple[OrderView, ...]:
        """Where the medicines are."""
        return self.use(ListOrdersOfPrescription)(actor=actor, prescription_id=prescription_id)


def own_patient(actor: Actor) -> PatientId:
    """The record of a patient's actor."""
    if actor.patient_id is None:
        raise StoryStuck("this person is not a patient")
    return actor.patient_id


def own_physician(actor: Actor) -> PhysicianId:
    """The record of a physician's actor."""
    if actor.physician_id is None:
        raise StoryStuck("this person is not a physician")
    return actor.physician_id
