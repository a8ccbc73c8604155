"""
Workers that are killed at the worst moment: the vendor has done it, and we do not know yet.

A fault makes the vendor's answer slow, so that the worker dies inside of the call.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from application.orders.sending import SendOrder
from application.payouts.settlement import SweepPayouts
from application.shared.access import SYSTEM
from domain.orders.fulfilment import OrderStatus
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import PayoutId, to_wire
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]

ANSWER_AFTER_SECONDS = 3
LONGER_THAN_A_CALL = timedelta(minutes=3)


@pytest.fixture(autouse=True)
def _a_worker_at_the_end(house: House) -> Iterator[None]:
    yield
    if "worker" not in house.platform.children:
        house.start("worker")


@pytest.mark.fault(15)
def test_killed_in_a_capture_the_card_is_charged_once(house: House) -> None:
    consultation_id = house.waiting(house.patient())
    payment = house.payment_of(consultation_id)
    _without_messages(house, "stripe")
    slow = house.fault("stripe", "slow", match={"path": "*/capture"}, seconds=ANSWER_AFTER_SECONDS)

    house.clinic.claim(house.moreau, consultation_id)
    house.wait_until_struck(slow)
    house.kill("worker")
    at_death = house.payment_of(consultation_id).status
    house.start("worker")
    eventually(
        lambda: house.payment_of(consultation_id).status == "captured", "the payment is captured"
    )

    assert at_death == "authorised"
    charges = [
        c for c in house.vendor("stripe", "charge") if c["payment_intent"] == payment.reference
    ]
    assert [charge["amount_captured"] for charge in charges] == [charges[0]["amount"]]
    assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]
    assert _attempts(house, "CapturePayment", consultation_id) == 2
    house.assert_sound()


@pytest.mark.fault(7, 15)
def test_killed_in_a_payout_the_vendors_message_brings_it_home(house: House) -> None:
    house.fault("airwallex", "webhook_delay", times=9, seconds=ANSWER_AFTER_SECONDS)
    payout_id = _killed_in_a_payout(house)
    at_death = house.payout(payout_id).status

    house.start("worker")
    house.wait_until_paid(payout_id)

    assert at_death is PayoutStatus.SENDING
    _assert_paid_once(house, payout_id)


@pytest.mark.fault(7, 15)
def test_killed_in_a_payout_of_which_nobody_tells_it_is_looked_up(house: House) -> None:
    _without_messages(house, "airwallex")
    payout_id = _killed_in_a_payout(house)
    house.start("worker")
    eventually(
        lambda: [transfer["status"] for transfer in _transfers(house, payout_id)] == ["PAID"],
        "the vendor has paid",
    )
    before = house.payout(payout_id).status

    with house.later(LONGER_THAN_A_CALL) as container:
        container.resolve(SweepPayouts)(actor=SYSTEM)

    assert before is PayoutStatus.SENDING
    assert house.payout(payout_id).status is PayoutStatus.PAID
    _assert_paid_once(house, payout_id)


def test_killed_while_sending_an_order_the_pharmacy_has_one_copy(house: House) -> None:
    patient = house.patient()
    slow = house.fault(
        "fhir_pharmacy",
        "slow",
        match={"path": "/fhir", "method": "POST"},
        seconds=ANSWER_AFTER_SECONDS,
    )

    _, prescription_id = house.prescribed(patient, house.moreau)
    house.wait_until_struck(slow)
    house.kill("worker")
    (order,) = house.clinic.orders_of(patient, prescription_id)
    house.start("worker")
    with house.later(LONGER_THAN_A_CALL) as container:
        container.resolve(SendOrder)(actor=SYSTEM, order_id=order.order_id)

    assert order.status is OrderStatus.SENDING
    house.wait_until_supplied(patient, prescription_id)
    tasks = [
        task for task in house.vendor("fhir_pharmacy", "Task") if str(order.order_id) in str(task)
    ]
    assert len(tasks) == 1
    house.assert_sound()


def test_killed_amid_the_work_of_many_nothing_is_lost(house: House) -> None:
    patients = [house.patient() for _ in range(4)]
    consultations = [house.submitted(patient) for patient in patients]
    for patient, consultation_id in zip(patients, consultations, strict=True):
        house.begin_to_pay(patient, consultation_id)
    eventually(
        lambda: house.one("select count(*) from procrastinate_jobs where status = 'doing'") > 0,
        "the worker is at work",
    )
    house.kill("worker")
    house.start("worker")

    for patient, consultation_id in zip(patients, consultations, strict=True):
        house.wait_until_waiting(patient, consultation_id)
    for consultation_id in consultations:
        house.treat(house.moreau, consultation_id)
    house.assert_sound()
    for consultation_id in consultations:
        payment = house.payment_of(consultation_id)
        assert house.postings_of(to_wire("payment", payment.id)) == ["payment_captured"]


def _without_messages(house: House, vendor: str) -> None:
    house.fault(vendor, "webhook_drop", times=99)


def _killed_in_a_payout(house: House) -> PayoutId:
    amount = house.earned(house.moreau)
    house.settle()
    slow = house.fault(
        "airwallex", "slow", match={"path": "*/transfers/create"}, seconds=ANSWER_AFTER_SECONDS
    )
    payout_id = house.withdraw(house.moreau, amount)
    house.wait_until_struck(slow)
    house.kill("worker")
    return payout_id


def _transfers(house: House, payout_id: PayoutId) -> list[Any]:
    reference = to_wire("payout", payout_id)
    return [
        each for each in house.vendor("airwallex", "transfer") if each["reference"] == reference
    ]


def _assert_paid_once(house: House, payout_id: PayoutId) -> None:
    assert len(_transfers(house, payout_id)) == 1
    assert house.postings_of(to_wire("payout", payout_id)) == [
        "payout_paid",
        "payout_requested",
        "payout_submitted",
    ]
    house.assert_sound()


def _attempts(house: House, reaction: str, consultation_id: object) -> int:
    """How often the reaction to the claim was begun."""
    attempts: int = house.one(
        "select reaction.attempts from reaction join event on event.id = reaction.event_id"
        " where reaction.name = :name and event.type = 'ConsultationClaimed'"
        " and event.consultation_id = :id",
        name=reaction,
        id=consultation_id,
    )
    return attempts
