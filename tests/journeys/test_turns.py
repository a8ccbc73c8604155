"""
Journeys that take another turn: called off, lapsed, given back, a time lost, a physician gone.
"""

from datetime import timedelta

import pytest

from application.consultations.cancellation import CancelConsultation
from application.payments.queries import PaymentView, ViewPayment
from application.physicians.standing import ReinstatePhysician, SuspendPhysician
from application.scheduling.booking import HoldSlot
from application.scheduling.queries import FindSlots
from application.shared.access import Actor
from domain.consultations.consultation import ConsultationStatus
from domain.physicians.events import SuspensionReason
from domain.shared.ids import ConsultationId, to_wire
from domain.shared.jurisdiction import Jurisdiction
from entrypoints.container import Container
from entrypoints.seeding import scripts
from entrypoints.seeding.clinic import own_physician
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(240),
]

LONGER_THAN_A_HOLD = timedelta(minutes=11)


def test_called_off_before_a_physician_took_it_nothing_is_charged(house: House) -> None:
    patient = house.patient()
    consultation_id = house.waiting(patient)

    house.use(CancelConsultation)(actor=patient, consultation_id=consultation_id)
    eventually(
        lambda: house.payment_of(consultation_id).status == "cancelled", "the money is let go"
    )

    payment = house.payment_of(consultation_id)
    assert house.postings_of(to_wire("payment", payment.id)) == []
    assert _charged(house, payment.reference) == 0
    house.assert_sound()


def test_called_off_by_us_after_it_was_charged_everything_goes_back(house: House) -> None:
    patient = house.patient()
    consultation_id = house.waiting(patient)
    house.clinic.claim(house.moreau, consultation_id)
    eventually(
        lambda: house.payment_of(consultation_id).status == "captured", "the payment is captured"
    )

    house.use(CancelConsultation)(actor=house.day.operator, consultation_id=consultation_id)
    eventually(
        lambda: house.payment_of(consultation_id).status == "refunded", "everything is given back"
    )

    seen = _payment(house, patient, consultation_id)
    assert (seen.refunded, len(seen.refunds)) == (seen.amount, 1)
    house.assert_sound()


@pytest.mark.fault(4)
def test_a_refund_that_fails_after_it_succeeded_is_undone(house: House) -> None:
    patient = house.patient()
    consultation_id = house.waiting(patient)
    house.clinic.claim(house.moreau, consultation_id)
    eventually(
        lambda: house.payment_of(consultation_id).status == "captured", "the payment is captured"
    )
    house.use(CancelConsultation)(actor=house.day.operator, consultation_id=consultation_id)
    eventually(
        lambda: house.payment_of(consultation_id).status == "refunded", "everything is given back"
    )

    (refund,) = house.rows(
        "select reference from refund where consultation_id = :id", id=consultation_id
    )
    house.control("stripe/fail_refund", id=refund.reference)

    eventually(
        lambda: house.payment_of(consultation_id).status == "captured", "the money is ours again"
    )
    house.assert_sound()


def test_a_payment_that_lapses_calls_the_consultation_off(house: House) -> None:
    patient = house.patient()
    consultation_id = house.waiting(patient)
    payment = house.payment_of(consultation_id)

    house.control("stripe/expire_authorisation", id=payment.reference)

    house.clinic.wait_for_status(patient, consultation_id, {ConsultationStatus.CANCELLED})
    assert house.payment_of(consultation_id).status == "cancelled"
    house.assert_sound()


def test_who_lost_the_time_while_paying_chooses_another_one(house: House) -> None:
    service_id, place = house.day.services["video-visit"], Jurisdiction("AU-NSW")
    slow, quick = house.patient(), house.patient()
    visit = house.clinic.begin(slow, service_id, scripts.VISIT_ANSWERS)
    other = house.clinic.begin(quick, service_id, scripts.VISIT_ANSWERS)
    slot = house.use(FindSlots)(actor=slow, service_id=service_id, place=place, limit=9)[-1]

    def hold(container: Container, patient: Actor, consultation_id: ConsultationId) -> None:
        container.resolve(HoldSlot)(
            actor=patient,
            consultation_id=consultation_id,
            physician_id=slot.physician_id,
            start_at=slot.start_at,
        )

    hold(house.platform.container, slow, visit)
    house.clinic.submit(slow, visit)
    with house.later(LONGER_THAN_A_HOLD) as container:
        hold(container, quick, other)

    house.pay(slow, visit)
    eventually(
        lambda: any(
            letter["subject"] == "Please choose another time."
            for letter in house.mail_to(house.address_of(slow))
        ),
        "the patient is told",
    )
    announced = house.one(
        "select count(*) from notification left join event on type = 'NotificationQueued'"
        " and payload->>'notification_id' = notification.id::text where event.id is null"
    )
    assert announced == 0
    house.clinic.hold_first_slot(slow, visit, service_id, "AU-NSW")

    house.clinic.wait_for_status(slow, visit, {ConsultationStatus.CLAIMED})
    house.assert_sound()


def test_what_a_suspended_physician_took_is_there_for_others(house: House) -> None:
    patient, operator = house.patient(), house.day.operator
    consultation_id = house.waiting(patient)
    house.clinic.claim(house.okafor, consultation_id)
    house.settle()

    house.use(SuspendPhysician)(
        actor=operator,
        physician_id=own_physician(house.okafor),
        reason=SuspensionReason.UNDER_REVIEW,
    )
    house.wait_until_waiting(patient, consultation_id)
    house.use(ReinstatePhysician)(actor=operator, physician_id=own_physician(house.okafor))
    house.treat(house.moreau, consultation_id)

    house.assert_sound()
    earned = house.rows(
        "select physician_id from lot where consultation_id = :id", id=consultation_id
    )
    assert [lot.physician_id for lot in earned] == [own_physician(house.moreau)]


def _payment(house: House, patient: Actor, consultation_id: ConsultationId) -> PaymentView:
    return house.use(ViewPayment)(actor=patient, consultation_id=consultation_id)


def _charged(house: House, reference: str) -> int:
    return sum(
        charge["payment_intent"] == reference and charge["captured"]
        for charge in house.vendor("stripe", "charge")
    )
