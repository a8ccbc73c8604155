"""
One patient's whole way, from registration to the physician's bank, and what it leaves behind.
"""

from typing import Any

import pytest
from attrs import define, evolve

from application.consultations.conversation import SendMessage
from application.consultations.queries import ViewTimeline
from application.payments.queries import ViewPayment
from application.shared.access import Actor
from domain.consultations.outcome import ConsultationOutcome
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import ConsultationId, PayoutId, PrescriptionId, to_wire
from domain.shared.money import Money
from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.seeding import cast, scripts
from entrypoints.seeding.clinic import Clinic
from tests.journeys.house import SERVICE, House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]

FAMILY = "Quillfeather"
STREET = "9 Bandicoot Crescent"
PHONE = "+61498765432"
ANSWER = "Feverfew-and-a-cold-towel"
NOTE = "Hemicrania-in-the-canary"
LETTER = "Budgerigar-letter"
CANARIES = (FAMILY, STREET, PHONE, ANSWER, NOTE, LETTER)

LUCIE = evolve(
    cast.LUC, given="Lucie", family=FAMILY, phone=PHONE, address=(STREET, "Glebe", "2037")
)


@define
class Way:
    """What somebody went through."""

    house: House
    patient: Actor
    consultation_id: ConsultationId
    prescription_id: PrescriptionId
    earned: Money
    payout_id: PayoutId

    @property
    def address(self) -> str:
        return self.house.address_of(self.patient)


@pytest.fixture(scope="module")
def way(shared_house: House) -> Way:
    """A French-speaking patient was treated, got her medicine, and the physician their money."""
    house, clinic = shared_house, shared_house.clinic
    physician = house.okafor
    before = house.available(physician)
    patient = house.patient(LUCIE)
    answers = {**scripts.MIGRAINE_ANSWERS, "tried": ANSWER}
    consultation_id = clinic.begin(patient, house.day.services[SERVICE], answers)
    clinic.submit(patient, consultation_id)
    house.pay(patient, consultation_id)
    clinic.claim(physician, consultation_id)
    clinic.examine(physician, consultation_id, (NOTE, NOTE, NOTE, NOTE))
    house.use(SendMessage)(actor=physician, consultation_id=consultation_id, body=LETTER)
    prescription_id = clinic.prescribe(physician, consultation_id, scripts.SUMATRIPTAN)
    clinic.conclude(physician, consultation_id, ConsultationOutcome.PRESCRIBED, follow_up_days=14)
    house.wait_until_supplied(patient, prescription_id)
    earned = house.available(physician) - before
    payout_id = house.withdraw(physician, earned)
    house.wait_until_paid(payout_id)
    house.settle()
    return Way(house, patient, consultation_id, prescription_id, earned, payout_id)


def test_the_money_is_taken_split_and_paid_to_the_cent(way: Way) -> None:
    payment = way.house.use(ViewPayment)(actor=way.patient, consultation_id=way.consultation_id)
    (lot,) = way.house.rows(
        "select amount_minor, remaining_minor from lot where consultation_id = :id",
        id=way.consultation_id,
    )
    payout = way.house.payout(way.payout_id)

    assert payment.status == "captured"
    assert 0 < way.earned.minor < payment.amount.minor
    assert (lot.amount_minor, lot.remaining_minor) == (way.earned.minor, 0)
    assert payout.amount == way.earned


def test_every_fact_is_posted_once(way: Way) -> None:
    (payment,) = way.house.rows(
        "select id from payment where consultation_id = :id", id=way.consultation_id
    )

    assert way.house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]
    assert way.house.postings_of(to_wire("consultation", way.consultation_id)) == [
        "service_delivered"
    ]
    assert way.house.postings_of(to_wire("payout", way.payout_id)) == [
        "payout_paid",
        "payout_requested",
        "payout_submitted",
    ]


def test_the_books_and_the_audit_trail_hold(way: Way) -> None:
    way.house.assert_sound()


def test_the_timeline_tells_everything_in_order(way: Way) -> None:
    page = way.house.use(ViewTimeline)(
        actor=way.house.day.operator, consultation_id=way.consultation_id
    )
    told = [entry.type for entry in page.items]

    expected = [
        "ConsultationStarted",
        "IntakeSubmitted",
        "PaymentAuthorised",
        "ConsultationQueued",
        "ConsultationClaimed",
        "ConsultationOpened",
        "PrescriptionSigned",
        "NoteSigned",
        "ConsultationCompleted",
    ]
    assert [kind for kind in told if kind in expected] == expected
    assert {"PaymentCaptured", "OrderCreated", "OrderSent", "MessageSent", "FollowUpScheduled"} <= {
        *told
    }
    assert {reaction.status for entry in page.items for reaction in entry.reactions} == {"done"}


def test_the_patient_is_written_to_in_her_language_and_about_nothing_else(way: Way) -> None:
    eventually(lambda: len(way.house.mail_to(way.address)) >= 4, "the letters have arrived")
    letters = way.house.mail_to(way.address)
    subjects = {letter["subject"] for letter in letters}

    assert {
        "Nous avons bien reçu votre consultation.",
        "Un médecin s'occupe de vous.",
        "Vous avez un nouveau message.",
        "Il y a du nouveau pour vous.",
    } <= subjects
    for letter in letters:
        assert "Connectez-vous" in letter["text"] or "connectez-vous" in letter["text"]
        assert not _canaries_in(letter["text"] + letter["html"] + letter["subject"])


def test_the_vendors_have_one_object_each(way: Way) -> None:
    house = way.house
    (payment,) = house.rows(
        "select id, reference from payment where consultation_id = :id", id=way.consultation_id
    )
    (order,) = house.rows(
        "select id from pharmacy_order where prescription_id = :id", id=way.prescription_id
    )
    intents = [
        intent
        for intent in house.vendor("stripe", "payment_intent")
        if str(payment.id) in str(intent["metadata"])
    ]
    tasks = [task for task in house.vendor("fhir_pharmacy", "Task") if str(order.id) in str(task)]
    transfers = [
        transfer
        for transfer in house.vendor("airwallex", "transfer")
        if transfer["reference"] == to_wire("payout", way.payout_id)
    ]

    assert [intent["id"] for intent in intents] == [payment.reference]
    assert len(tasks) == 1
    assert len(transfers) == 1


def test_the_seeded_clinic_agrees_to_a_withdrawal_that_takes_two(way: Way) -> None:
    house = way.house
    strict = house.platform.environment | {"SCRIPTED_PAYOUT_APPROVAL_ABOVE": "1"}
    container = Container(Settings.from_environment(strict))
    try:
        payout_id = Clinic(container, cast.PASSWORD).withdraw(
            house.okafor, house.earned(house.okafor), finance=house.day.staff.values()
        )
    finally:
        container.close()

    signed = house.one("select count(*) from payout_signature where payout_id = :id", id=payout_id)
    assert (house.payout(payout_id).status, signed) == (PayoutStatus.PAID, 2)


def test_nothing_of_her_stands_in_a_log(way: Way) -> None:
    for process, said in way.house.logs().items():
        assert not _canaries_in(said), process


def test_nothing_of_her_stands_in_the_database_unsealed(way: Way) -> None:
    found: list[Any] = []
    searched = 0
    for table in way.house.rows(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema not in ('pg_catalog', 'information_schema')"
        " and table_type = 'BASE TABLE'"
    ):
        name = f'"{table.table_schema}"."{table.table_name}"'
        for row in way.house.rows(f"select one::text as plain from {name} as one"):
            searched += 1
            found += [(name, canary) for canary in _canaries_in(row.plain)]

    assert searched > 500
    assert found == []


def _canaries_in(text: str) -> list[str]:
    """Those that can be read in a text, as they are or as PostgreSQL shows bytes."""
    lowered = text.lower()
    return [
        canary
        for canary in CANARIES
        if canary.lower() in lowered or canary.encode().hex() in lowered
    ]
