"""
A clinic over fakes: a patient, a physician, a service, and consultations at every stage.
"""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import Factory, define, evolve, field

from application.consultations.assignment import ClaimConsultation, QueueConsultation
from application.consultations.care import OpenConsultation, SignNote, WriteNote
from application.consultations.intake import SaveAnswers, StartConsultation, SubmitIntake
from application.orders.creation import CreateOrder
from application.orders.sending import SendOrder
from application.prescriptions.drafting import (
    DraftPrescription,
    PrescriptionLine,
    ScreenPrescription,
)
from application.prescriptions.signing import SignPrescription
from application.shared.access import SYSTEM, Actor, ActorKind, Role
from domain.commission.plan import CommissionPlan
from domain.consultations.consultation import Consultation
from domain.identity.user import User
from domain.orders.order import Order
from domain.orders.pharmacy import Network, Pharmacy
from domain.patients.consent import Consent, ConsentKind
from domain.patients.health_profile import HealthEntry, HealthFacts, HealthProfile
from domain.patients.patient import Patient, PersonName, PostalAddress, Sex
from domain.physicians.events import SuspensionReason
from domain.prescriptions.prescription import Prescription
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import (
    ConsentId,
    ConsultationId,
    OrderId,
    PatientId,
    PharmacyId,
    PhysicianId,
    PrescriptionId,
    UserId,
)
from domain.shared.jurisdiction import Jurisdiction
from tests.builders.catalogue import WRITTEN, a_service
from tests.builders.commission import a_plan
from tests.builders.physicians import PHYSICIAN, PHYSICIAN_USER, an_active_physician
from tests.fakes.clock import MONDAY_NOON, FixedClock, SequentialIds
from tests.fakes.orders import InMemoryPharmacyNetwork, InMemoryPharmacyNetworks
from tests.fakes.prescriptions import InMemoryMedications, InMemoryRulePacks
from tests.fakes.unit_of_work import FakeUnitOfWork

PATIENT = PatientId(UUID(int=31))
PATIENT_USER = UserId(UUID(int=32))
SECOND_PHYSICIAN = PhysicianId(UUID(int=33))
SECOND_PHYSICIAN_USER = UserId(UUID(int=34))
PHARMACY = PharmacyId(UUID(int=41))
OTHER_PHARMACY = PharmacyId(UUID(int=42))

A_PATIENT = Actor(user_id=PATIENT_USER, roles={Role.PATIENT}, patient_id=PATIENT)
A_STRANGER = Actor(
    user_id=UserId(UUID(int=35)), roles={Role.PATIENT}, patient_id=PatientId(UUID(int=36))
)
A_PHYSICIAN = Actor(user_id=PHYSICIAN_USER, roles={Role.PHYSICIAN}, physician_id=PHYSICIAN)
ANOTHER_PHYSICIAN = Actor(
    user_id=SECOND_PHYSICIAN_USER, roles={Role.PHYSICIAN}, physician_id=SECOND_PHYSICIAN
)
A_PROGRAM = Actor(kind=ActorKind.MACHINE, roles={Role.OPERATIONS}, label="machine")
OPERATIONS = Actor(user_id=UserId(UUID(int=37)), roles={Role.OPERATIONS})
ADMINISTRATOR = Actor(user_id=UserId(UUID(int=38)), roles={Role.ADMINISTRATOR})

ANSWERS = {"onset": "gradual", "aura": False, "story": "Since Sunday."}
AMOXICILLIN_LINE = PrescriptionLine(
    medication_code="amoxicillin-500",
    dose=Decimal(1),
    times_per_day=3,
    days=7,
    quantity=21,
)


def a_patient(*, patient_id: PatientId = PATIENT, user_id: UserId = PATIENT_USER) -> Patient:
    patient = Patient.register(
        id=patient_id,
        user_id=user_id,
        name=PersonName(given="Noah", family="Tremblay"),
        date_of_birth=date(1985, 4, 12),
        sex=Sex.MALE,
        place=Jurisdiction("AU"),
        phone=PhoneNumber("+61412345678"),
        time_zone="Australia/Sydney",
        locale="en",
        now=MONDAY_NOON,
    )
    patient.address = PostalAddress(
        line="12 Acacia Avenue", city="Newtown", postal_code="2042", place=Jurisdiction("AU-NSW")
    )
    return patient


def a_user(user_id: UserId) -> User:
    return User.register(
        id=user_id,
        email=EmailAddress(f"user{user_id.int}@clinic.test"),
        name="",
        password_hash="hashed",
        locale="en",
        time_zone="Australia/Sydney",
        now=MONDAY_NOON,
    )


def a_commission_plan() -> CommissionPlan:
    return a_plan({"percent_bp": 3000}, number=3)


def a_pharmacy(
    *, pharmacy_id: PharmacyId = PHARMACY, place: str = "AU", **changes: Any
) -> Pharmacy:
    return evolve(
        Pharmacy(
            id=pharmacy_id,
            name="Harbour Pharmacy",
            network=Network.FHIR,
            network_reference=f"pharmacy-{pharmacy_id.int}",
            place=Jurisdiction(place),
            address="1 Quay Street, Sydney",
        ),
        **changes,
    )


@define(eq=False)
class Clinic:
    """
    Use `waiting`, `claimed` and so on to begin a test at a stage.

    The unit of work is the fake one, unless a test of the store gives PostgreSQL's.
    """

    uow: Any = field(factory=FakeUnitOfWork)
    clock: FixedClock = field(factory=FixedClock)
    ids: SequentialIds = field(factory=lambda: SequentialIds(1000))
    medications: InMemoryMedications = field(factory=InMemoryMedications)
    rule_packs: InMemoryRulePacks = field(factory=InMemoryRulePacks)
    network: InMemoryPharmacyNetwork = field(factory=InMemoryPharmacyNetwork)
    networks: InMemoryPharmacyNetworks = field(
        default=Factory(lambda self: InMemoryPharmacyNetworks(self.network), takes_self=True)
    )

    def __attrs_post_init__(self) -> None:
        with self.uow as uow:
            for user_id in (PATIENT_USER, PHYSICIAN_USER, SECOND_PHYSICIAN_USER):
                uow.users.add(a_user(user_id))
            uow.patients.add(a_patient())
            for number, kind in enumerate(ConsentKind):
                uow.consents.add(_consent(kind, number))
            uow.physicians.add(an_active_physician())
            uow.physicians.add(
                an_active_physician(physician_id=SECOND_PHYSICIAN, user_id=SECOND_PHYSICIAN_USER)
            )
            uow.services.add(a_service(WRITTEN))
            uow.commission_plans.add(a_commission_plan())
            uow.pharmacies.put(a_pharmacy())
            uow.pharmacies.put(a_pharmacy(pharmacy_id=OTHER_PHARMACY, name="Village Pharmacy"))
            uow.commit()
        if isinstance(self.uow, FakeUnitOfWork):
            self.uow.events.clear()
            self.uow.audit.records.clear()

    def consultation(self, consultation_id: ConsultationId) -> Consultation:
        with self.uow as uow:
            found: Consultation = uow.consultations.get(consultation_id)
        return found

    def draft(self) -> ConsultationId:
        start = StartConsultation(self.uow, self.clock, self.ids)
        return start(actor=A_PATIENT, service_id=a_service(WRITTEN).id)

    def answered(self, **answers: Any) -> ConsultationId:
        consultation_id = self.draft()
        SaveAnswers(self.uow, self.clock)(
            actor=A_PATIENT, consultation_id=consultation_id, answers={**ANSWERS, **answers}
        )
        return consultation_id

    def submitted(self) -> ConsultationId:
        consultation_id = self.answered()
        SubmitIntake(self.uow, self.clock)(actor=A_PATIENT, consultation_id=consultation_id)
        return consultation_id

    def waiting(self) -> ConsultationId:
        consultation_id = self.submitted()
        QueueConsultation(self.uow, self.clock)(actor=SYSTEM, consultation_id=consultation_id)
        return consultation_id

    def claimed(self) -> ConsultationId:
        consultation_id = self.waiting()
        ClaimConsultation(self.uow, self.clock)(actor=A_PHYSICIAN, consultation_id=consultation_id)
        return consultation_id

    def opened(self) -> ConsultationId:
        consultation_id = self.claimed()
        OpenConsultation(self.uow, self.clock)(actor=A_PHYSICIAN, consultation_id=consultation_id)
        return consultation_id

    def noted(self) -> ConsultationId:
        consultation_id = self.opened()
        WriteNote(self.uow)(
            actor=A_PHYSICIAN,
            consultation_id=consultation_id,
            subjective="Headache since Sunday.",
            objective="",
            assessment="Tension headache.",
            plan="Rest and fluids.",
        )
        SignNote(self.uow, self.clock)(actor=A_PHYSICIAN, consultation_id=consultation_id)
        return consultation_id

    def suspend_physician(self) -> None:
        """Keep the first physician from patients from now on."""
        with self.uow as uow:
            physician = uow.physicians.get(PHYSICIAN)
            physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=self.clock.now())
            uow.physicians.save(physician)
            uow.commit()

    def records(self, **facts: tuple[str, ...]) -> None:
        """Write codes into the patient's health profile; what is left out is unrecorded."""
        entries: dict[str, Any] = {
            name: tuple(HealthEntry(name=code, code=code) for code in codes)
            for name, codes in facts.items()
        }
        with self.uow as uow:
            profile = HealthProfile(patient_id=PATIENT)
            profile.update(HealthFacts(**entries), now=self.clock.now())
            uow.health_profiles.save(profile)
            uow.commit()

    def drafted(
        self,
        *lines: PrescriptionLine,
        consultation_id: ConsultationId | None = None,
        replaces: PrescriptionId | None = None,
    ) -> PrescriptionId:
        draft = DraftPrescription(self.uow, self.medications, self.clock, self.ids)
        return draft(
            actor=A_PHYSICIAN,
            consultation_id=consultation_id or self.opened(),
            lines=lines or (AMOXICILLIN_LINE,),
            replaces=replaces,
        )

    def shown_hash(self, prescription_id: PrescriptionId) -> str:
        screen = ScreenPrescription(self.uow, self.rule_packs, self.clock)
        return screen(actor=A_PHYSICIAN, prescription_id=prescription_id).content_hash

    def sign(self, prescription_id: PrescriptionId, **answers: Any) -> None:
        SignPrescription(self.uow, self.rule_packs, self.clock)(
            actor=answers.pop("actor", A_PHYSICIAN),
            prescription_id=prescription_id,
            content_hash=answers.pop("content_hash", None) or self.shown_hash(prescription_id),
            **answers,
        )

    def signed(self, **details: Any) -> PrescriptionId:
        prescription_id = self.drafted(**details)
        self.sign(prescription_id)
        return prescription_id

    def prescription(self, prescription_id: PrescriptionId) -> Prescription:
        with self.uow as uow:
            found: Prescription = uow.prescriptions.get(prescription_id)
        return found

    def ordered(self, prescription_id: PrescriptionId | None = None) -> OrderId:
        create = CreateOrder(self.uow, self.clock, self.ids)
        order_id = create(actor=SYSTEM, prescription_id=prescription_id or self.signed())
        assert order_id is not None
        return order_id

    @property
    def send_order(self) -> SendOrder:
        return SendOrder(self.uow, self.networks, self.clock)

    def sent(self, prescription_id: PrescriptionId | None = None) -> OrderId:
        order_id = self.ordered(prescription_id)
        self.send_order(actor=SYSTEM, order_id=order_id)
        return order_id

    def order(self, order_id: OrderId) -> Order:
        with self.uow as uow:
            found: Order = uow.orders.get(order_id)
        return found


def _consent(kind: ConsentKind, number: int) -> Consent:
    return Consent(
        id=ConsentId(UUID(int=60 + number)),
        patient_id=PATIENT,
        kind=kind,
        text_version=1,
        given_at=MONDAY_NOON,
    )
