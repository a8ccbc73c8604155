"""
A clinic with a past and a day under way, made by doing everything that people did.

Reactions run in this process, by a clock that starts days ago. The vendors' parts are
played by the sandbox, over HTTP.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from attrs import define, field

from application.catalogue.publication import PublishService
from application.commission.drafting import DraftCommissionPlan, DraftedPlan
from application.commission.publication import PublishCommissionPlan
from application.consultations.cancellation import CancelConsultation
from application.consultations.conversation import SendMessage
from application.identity.accounts import AppointStaff, EnsureAdministrator
from application.identity.registration import RegisterUser
from application.ledger.maturity import MatureEarnings
from application.orders.directory import RegisterPharmacy
from application.shared.access import SYSTEM, Actor, Role
from application.wallets.queries import ViewWallet
from domain.commission.plan import PlanContent
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.outcome import ConsultationOutcome
from domain.orders.fulfilment import OrderStatus
from domain.orders.pharmacy import Network
from domain.physicians.physician import PhysicianStatus
from domain.shared.contact import EmailAddress
from domain.shared.ids import CommissionPlanId, ConsultationId, ServiceId, UserId
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money
from entrypoints.seeding import cast, plans, scripts
from entrypoints.seeding.catalogue import SERVICES
from entrypoints.seeding.clinic import Clinic, own_physician
from entrypoints.seeding.clock import CanGoBack
from entrypoints.seeding.opening_books import open_the_books
from entrypoints.seeding.parts import MedicineScript, PatientScript, PhysicianScript

Say = Callable[[str], None]

PHARMACIES = (
    ("Bondi Road Pharmacy", "pharmacy-bondi", "AU-NSW", "210 Bondi Rd, Bondi", "+61255501002"),
    ("Carlton Community Pharmacy", "pharmacy-carlton", "AU-VIC", "120 Lygon St", "+61355501001"),
    ("Fortitude Valley Pharmacy", "pharmacy-valley", "AU-QLD", "45 Brunswick St", "+61755501003"),
)
MAIL_ORDER = ("Prairie Mail Pharmacy", "phr_mail_prairie", "US-NE")


@define(eq=False)
class ClinicDay:
    """Fills an empty platform. `return_url` is where vendors' pages send people back to."""

    clinic: Clinic
    clock: CanGoBack
    return_url: str
    say: Say
    staff: dict[str, Actor] = field(factory=dict, init=False)
    people: dict[str, Actor] = field(factory=dict, init=False)
    services: dict[str, ServiceId] = field(factory=dict, init=False)
    contracts: dict[str, tuple[CommissionPlanId, int]] = field(factory=dict, init=False)

    def play(self) -> None:
        """Everything, in order."""
        self.clock.behind = timedelta(days=9)
        self.open_the_house()
        self.open_the_books()
        self._onboard_physicians()
        self._register_patients()
        self.clock.behind = timedelta(days=8)
        self._last_week()
        self.clock.behind = timedelta(days=4)
        self._first_payout()
        self.clock.behind = timedelta(days=1)
        self._yesterday()
        self.clock.behind = timedelta()
        self._today()

    def open_the_house(self) -> None:
        self.say("staff, services, commission plans, pharmacies")
        use = self.clinic.use
        use(EnsureAdministrator)(
            email=EmailAddress(cast.ADMINISTRATOR), password=cast.PASSWORD, name="Alex Admin"
        )
        administrator = self.clinic.actor(cast.ADMINISTRATOR)
        for email, name in ((cast.OPERATIONS, "Olivia Park"), (cast.SECOND_OPERATOR, "Ben Ito")):
            user_id: UserId = use(RegisterUser)(
                email=EmailAddress(email),
                password=cast.PASSWORD,
                name=name,
                time_zone="Australia/Sydney",
            )
            use(AppointStaff)(
                actor=administrator,
                user_id=user_id,
                roles=frozenset({Role.OPERATIONS, Role.FINANCE}),
            )
            self.staff[email] = self.clinic.actor(email)
        for code, offer in SERVICES.items():
            self.services[code] = use(PublishService)(actor=administrator, code=code, offer=offer)
        self._agree_on_plans()
        self._register_pharmacies()

    def _agree_on_plans(self) -> None:
        """One operator writes a plan, the other approves it; the last one still waits."""
        for code, said in plans.PUBLISHED.items():
            drafted = self._draft(code, said)
            self.clinic.use(PublishCommissionPlan)(
                actor=self.staff[cast.SECOND_OPERATOR],
                plan_id=drafted.plan_id,
                number=drafted.number,
                revision=drafted.revision,
            )
            self.contracts[code] = (drafted.plan_id, drafted.number)
        self._draft(plans.PROPOSED, plans.welcome(self.clock.now()))

    def _draft(self, code: str, said: PlanContent) -> DraftedPlan:
        return self.clinic.use(DraftCommissionPlan)(actor=self.operator, code=code, content=said)

    def open_the_books(self) -> None:
        """Our own money, in the bank and with the payout vendor."""
        self.say("the owners' money: in the bank, and with the payout partner")
        open_the_books(self.clinic, self.operator)

    def _register_pharmacies(self) -> None:
        for name, reference, place, address, phone in PHARMACIES:
            self.clinic.use(RegisterPharmacy)(
                actor=self.operator,
                name=name,
                network=Network.FHIR,
                network_reference=reference,
                place=Jurisdiction(place),
                address=address,
                phone=phone,
                delivers=True,
            )
        name, reference, place = MAIL_ORDER
        self.clinic.use(RegisterPharmacy)(
            actor=self.operator,
            name=name,
            network=Network.PHOTON,
            network_reference=reference,
            place=Jurisdiction(place),
            address="By mail",
            delivers=True,
        )

    @property
    def operator(self) -> Actor:
        """The first of the two operators."""
        return self.staff[cast.OPERATIONS]

    def _onboard_physicians(self) -> None:
        for script in (cast.MOREAU, cast.OKAFOR):
            self.onboard(script)
        self.say("two applications on their way")
        waiting = self.clinic.apply(cast.RAMAN)
        self.clinic.prove_identity(waiting, return_url=self.return_url)
        self.clinic.claim_licences(waiting, cast.RAMAN)
        self.clinic.attest_licences(waiting, (self.operator,))
        self.clinic.apply(cast.WHITFIELD)

    def onboard(self, script: PhysicianScript) -> Actor:
        """Take a physician from application to active."""
        self.say(f"onboarding of Dr {script.family}")
        plan_id, version = self.contracts[plans.CONTRACTS.get(script.email, plans.STANDARD)]
        clinic = self.clinic
        actor = clinic.apply(script)
        clinic.prove_identity(actor, return_url=self.return_url)
        clinic.claim_licences(actor, script)
        clinic.attest_licences(actor, tuple(self.staff.values()))
        clinic.agree_on_pay(actor, self.operator, plan_id=plan_id, version=version)
        clinic.open_payout_account(actor, script.bank)
        clinic.open_hours(actor, script)
        clinic.wait_until(
            lambda: clinic.onboarding(actor).status is PhysicianStatus.ACTIVE,
            "the physician is active",
        )
        self.people[script.email] = actor
        return actor

    def _register_patients(self) -> None:
        for script in cast.PATIENTS:
            self.say(f"registration of {script.given} {script.family}")
            self.people[script.email] = self.clinic.register_patient(script)

    def _paid(self, who: PatientScript, service: str, answers: Mapping[str, Any]) -> ConsultationId:
        actor = self.people[who.email]
        consultation_id = self.clinic.begin(actor, self.services[service], answers)
        self.clinic.submit(actor, consultation_id)
        self.clinic.pay(actor, consultation_id, return_url=self.return_url)
        return consultation_id

    def _treated(
        self,
        who: PatientScript,
        service: str,
        answers: Mapping[str, Any],
        *,
        by: str,
        note: tuple[str, str, str, str],
        medicine: MedicineScript | None,
    ) -> ConsultationId:
        self.say(f"{who.given}: {service}, treated")
        consultation_id = self._paid(who, service, answers)
        physician = self.people[by]
        self.clinic.claim(physician, consultation_id)
        self.clinic.examine(physician, consultation_id, note)
        outcome = ConsultationOutcome.TREATED
        if medicine is not None:
            outcome = ConsultationOutcome.PRESCRIBED
            prescription_id = self.clinic.prescribe(physician, consultation_id, medicine)
        self.clinic.conclude(physician, consultation_id, outcome, follow_up_days=14)
        if medicine is not None:
            patient = self.people[who.email]
            done = {OrderStatus.DELIVERED, OrderStatus.COLLECTED}
            self.clinic.wait_until(
                lambda: any(
                    order.status in done
                    for order in self.clinic.orders_of(patient, prescription_id)
                ),
                "the medicine is delivered",
            )
        return consultation_id

    def _last_week(self) -> None:
        moreau, okafor = cast.MOREAU.email, cast.OKAFOR.email
        self._treated(
            cast.MAYA, "migraine-review", scripts.MIGRAINE_ANSWERS,
            by=moreau, note=scripts.MIGRAINE_NOTE, medicine=scripts.SUMATRIPTAN,
        )  # fmt: skip
        self._treated(
            cast.NOAH, "skin-consultation", scripts.RASH_ANSWERS,
            by=moreau, note=scripts.RASH_NOTE, medicine=scripts.HYDROCORTISONE,
        )  # fmt: skip
        self._treated(
            cast.AROHA, "repeat-prescription", scripts.REPEAT_ANSWERS,
            by=okafor, note=scripts.REPEAT_NOTE, medicine=scripts.PERINDOPRIL,
        )  # fmt: skip
        self._treated(
            cast.ZARA, "migraine-review", scripts.MIGRAINE_ANSWERS,
            by=moreau, note=scripts.MIGRAINE_NOTE, medicine=None,
        )  # fmt: skip

    def _first_payout(self) -> None:
        self.say("earnings clear, and Dr Moreau withdraws")
        self.clinic.use(MatureEarnings)(actor=SYSTEM)
        actor = self.people[cast.MOREAU.email]
        physician_id = own_physician(actor)
        (wallet,) = self.clinic.use(ViewWallet)(actor=actor, physician_id=physician_id)
        half = Money(wallet.balances.available.minor // 2, wallet.balances.available.currency)
        self.clinic.withdraw(actor, half, finance=self.staff.values())

    def _yesterday(self) -> None:
        self.say("yesterday: one called off, one sent to urgent care, one treated")
        luc = self.people[cast.LUC.email]
        called_off = self._paid(cast.LUC, "skin-consultation", scripts.RASH_ANSWERS)
        self.clinic.use(CancelConsultation)(actor=luc, consultation_id=called_off)
        urgent = self.clinic.begin(
            luc, self.services["migraine-review"], scripts.THUNDERCLAP_ANSWERS
        )
        self.clinic.submit(luc, urgent)
        self._treated(
            cast.NOAH, "repeat-prescription", scripts.REPEAT_ANSWERS,
            by=cast.MOREAU.email, note=scripts.REPEAT_NOTE, medicine=None,
        )  # fmt: skip

    def _today(self) -> None:
        self.say("today: a draft, one to pay, two in the queue, one taken, one under way, a visit")
        clinic, moreau = self.clinic, self.people[cast.MOREAU.email]
        luc, zara = self.people[cast.LUC.email], self.people[cast.ZARA.email]
        clinic.begin(luc, self.services["skin-consultation"], {"problem": "acne"})
        unpaid = clinic.begin(zara, self.services["repeat-prescription"], scripts.REPEAT_ANSWERS)
        clinic.submit(zara, unpaid)
        self._paid(cast.NOAH, "skin-consultation", scripts.MOLE_ANSWERS)
        self._paid(cast.AROHA, "migraine-review", scripts.MIGRAINE_ANSWERS)
        taken = self._paid(cast.ZARA, "skin-consultation", scripts.RASH_ANSWERS)
        clinic.claim(self.people[cast.OKAFOR.email], taken)
        under_way = self._paid(cast.MAYA, "skin-consultation", scripts.RASH_ANSWERS)
        clinic.claim(moreau, under_way)
        clinic.examine(moreau, under_way, scripts.RASH_NOTE)
        clinic.use(SendMessage)(
            actor=moreau,
            consultation_id=under_way,
            body="Hello Maya, could you send me a photo of the rash in daylight?",
        )
        self._book_visit(cast.MAYA)

    def _book_visit(self, who: PatientScript) -> None:
        actor = self.people[who.email]
        service_id = self.services["video-visit"]
        visit = self.clinic.begin(actor, service_id, scripts.VISIT_ANSWERS)
        self.clinic.hold_first_slot(actor, visit, service_id, who.place)
        self.clinic.submit(actor, visit)
        self.clinic.pay(actor, visit, return_url=self.return_url)
        self.clinic.wait_for_status(actor, visit, {ConsultationStatus.CLAIMED})
