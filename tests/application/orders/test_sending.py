from datetime import timedelta

import pytest

from application.orders.creation import ChoosePharmacy, CreateOrder
from application.orders.ports import PharmacyOutcomeUnknown, PharmacyUnreachable
from application.shared.access import SYSTEM, AccessDenied
from domain.orders.events import (
    OrderCreated,
    OrderFailed,
    OrderNeedsAttention,
    OrderOutcomeUnknown,
    OrderSent,
    PharmacyChosen,
)
from domain.orders.fulfilment import AttentionReason, OrderStatus
from domain.orders.order import (
    CopyStillDispensable,
    OrderBeingSent,
    OrderMoved,
    OrderNotFound,
)
from domain.orders.pharmacy import PharmacyUnfit
from domain.prescriptions.events import PrescriptionCancelReason
from tests.builders.care import (
    A_PATIENT,
    A_STRANGER,
    AMOXICILLIN_LINE,
    OTHER_PHARMACY,
    PATIENT,
    PHARMACY,
    Clinic,
    a_pharmacy,
)
from tests.fakes.orders import Mishap


class TestCreateOrder:
    def test_goes_to_a_pharmacy_that_serves_the_patient(self, clinic: Clinic) -> None:
        order = clinic.order(clinic.ordered())

        assert order.pharmacy_id == PHARMACY
        assert order.status is OrderStatus.CREATED

    def test_goes_where_the_patient_went_the_last_time(self, clinic: Clinic) -> None:
        clinic.uow.pharmacies.prefer(PATIENT, OTHER_PHARMACY)

        assert clinic.order(clinic.ordered()).pharmacy_id == OTHER_PHARMACY

    def test_waits_for_a_choice_when_no_pharmacy_serves_the_place(self, clinic: Clinic) -> None:
        for pharmacy_id in (PHARMACY, OTHER_PHARMACY):
            clinic.uow.pharmacies.put(a_pharmacy(pharmacy_id=pharmacy_id, active=False))

        order = clinic.order(clinic.ordered())

        assert order.pharmacy_id is None
        assert order.attention is AttentionReason.NO_PHARMACY

    def test_is_created_once(self, clinic: Clinic) -> None:
        prescription_id = clinic.signed()

        assert clinic.ordered(prescription_id) == clinic.ordered(prescription_id)
        assert len(clinic.uow.events_of(OrderCreated)) == 1

    def test_is_not_created_for_what_was_withdrawn(self, clinic: Clinic) -> None:
        prescription_id = clinic.signed()
        withdraw(clinic, prescription_id)

        create = CreateOrder(clinic.uow, clinic.clock, clinic.ids)
        assert create(actor=SYSTEM, prescription_id=prescription_id) is None

    def test_is_the_platforms_alone(self, clinic: Clinic) -> None:
        with pytest.raises(AccessDenied):
            CreateOrder(clinic.uow, clinic.clock, clinic.ids)(
                actor=A_PATIENT, prescription_id=clinic.signed()
            )


class TestChoosePharmacy:
    def test_the_choice_is_kept_for_the_next_time(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()

        ChoosePharmacy(clinic.uow, clinic.clock)(
            actor=A_PATIENT, order_id=order_id, pharmacy_id=OTHER_PHARMACY
        )

        assert clinic.order(order_id).pharmacy_id == OTHER_PHARMACY
        assert clinic.uow.pharmacies.preferred_by(PATIENT) == OTHER_PHARMACY
        assert len(clinic.uow.events_of(PharmacyChosen)) == 1

    def test_not_one_that_does_not_supply_there(self, clinic: Clinic) -> None:
        clinic.uow.pharmacies.put(a_pharmacy(pharmacy_id=OTHER_PHARMACY, place="FR"))

        with pytest.raises(PharmacyUnfit):
            ChoosePharmacy(clinic.uow, clinic.clock)(
                actor=A_PATIENT, order_id=clinic.ordered(), pharmacy_id=OTHER_PHARMACY
            )

    def test_not_once_it_was_sent(self, clinic: Clinic) -> None:
        with pytest.raises(OrderMoved):
            ChoosePharmacy(clinic.uow, clinic.clock)(
                actor=A_PATIENT, order_id=clinic.sent(), pharmacy_id=OTHER_PHARMACY
            )

    def test_not_by_somebody_else(self, clinic: Clinic) -> None:
        with pytest.raises(OrderNotFound):
            ChoosePharmacy(clinic.uow, clinic.clock)(
                actor=A_STRANGER, order_id=clinic.ordered(), pharmacy_id=OTHER_PHARMACY
            )


class TestSendOrder:
    def test_tells_the_pharmacy_what_it_needs(self, clinic: Clinic) -> None:
        order_id = clinic.sent()

        (told,) = clinic.network.sent
        assert told.order_id == order_id
        assert told.recipient.family_name == "Tremblay"
        assert told.prescriber.licence_number == "REG12345"
        assert clinic.order(order_id).status is OrderStatus.SENT
        assert len(clinic.uow.events_of(OrderSent)) == 1

    def test_running_twice_sends_once(self, clinic: Clinic) -> None:
        clinic.send_order(actor=SYSTEM, order_id=clinic.sent())

        assert len(clinic.network.sent) == 1

    def test_the_intent_is_committed_before_the_pharmacy_is_called(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        seen: list[OrderStatus] = []

        def look() -> None:
            assert not clinic.uow._open
            seen.append(clinic.order(order_id).status)

        clinic.network.while_sending = look
        clinic.send_order(actor=SYSTEM, order_id=order_id)

        assert seen == [OrderStatus.SENDING]

    def test_what_did_not_arrive_is_sent_again(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        clinic.network.mishap = Mishap.UNREACHABLE
        with pytest.raises(PharmacyUnreachable):
            clinic.send_order(actor=SYSTEM, order_id=order_id)
        assert clinic.order(order_id).status is OrderStatus.CREATED

        clinic.send_order(actor=SYSTEM, order_id=order_id)

        assert clinic.order(order_id).status is OrderStatus.SENT
        assert clinic.order(order_id).attempts == 2

    def test_a_lost_answer_is_looked_up_and_not_sent_again(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        clinic.network.mishap = Mishap.LOST
        with pytest.raises(PharmacyOutcomeUnknown):
            clinic.send_order(actor=SYSTEM, order_id=order_id)
        assert clinic.order(order_id).status is OrderStatus.UNKNOWN

        clinic.send_order(actor=SYSTEM, order_id=order_id)

        assert clinic.order(order_id).status is OrderStatus.SENT
        assert len(clinic.network.sent) == 1
        assert len(clinic.uow.events_of(OrderOutcomeUnknown)) == 1

    def test_what_the_look_up_does_not_find_is_sent_again(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        clinic.network.mishap = Mishap.NEVER_ARRIVED
        with pytest.raises(PharmacyOutcomeUnknown):
            clinic.send_order(actor=SYSTEM, order_id=order_id)

        clinic.send_order(actor=SYSTEM, order_id=order_id)

        assert clinic.order(order_id).status is OrderStatus.SENT
        assert len(clinic.network.sent) == 1

    def test_while_the_look_up_is_silent_nothing_is_sent(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        clinic.network.mishap = Mishap.NEVER_ARRIVED
        with pytest.raises(PharmacyOutcomeUnknown):
            clinic.send_order(actor=SYSTEM, order_id=order_id)

        clinic.network.silent = True
        with pytest.raises(PharmacyUnreachable):
            clinic.send_order(actor=SYSTEM, order_id=order_id)

        assert clinic.order(order_id).status is OrderStatus.UNKNOWN
        assert clinic.network.sent == []

    def test_a_long_silence_becomes_a_persons_matter_once(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        clinic.network.mishap = Mishap.LOST
        with pytest.raises(PharmacyOutcomeUnknown):
            clinic.send_order(actor=SYSTEM, order_id=order_id)
        clinic.network.silent = True
        clinic.clock.pass_by(timedelta(minutes=31))

        for _ in range(2):
            with pytest.raises(PharmacyUnreachable):
                clinic.send_order(actor=SYSTEM, order_id=order_id)

        (attention,) = clinic.uow.events_of(OrderNeedsAttention)
        assert attention.reason is AttentionReason.STILL_UNKNOWN

    def test_a_sender_that_died_in_the_call_is_looked_up_after_a_while(
        self, clinic: Clinic
    ) -> None:
        order_id = clinic.ordered()
        with clinic.uow as uow:
            order = uow.orders.get(order_id)
            order.begin_sending(now=clinic.clock.now())
            uow.orders.save(order)
            uow.commit()

        with pytest.raises(OrderBeingSent):
            clinic.send_order(actor=SYSTEM, order_id=order_id)
        clinic.clock.pass_by(timedelta(minutes=2))
        clinic.send_order(actor=SYSTEM, order_id=order_id)

        assert clinic.order(order_id).status is OrderStatus.SENT

    def test_a_refusal_is_final(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        clinic.network.mishap = Mishap.REFUSED

        clinic.send_order(actor=SYSTEM, order_id=order_id)
        clinic.send_order(actor=SYSTEM, order_id=order_id)

        assert clinic.order(order_id).status is OrderStatus.FAILED
        assert len(clinic.uow.events_of(OrderFailed)) == 1

    def test_a_withdrawn_prescription_is_never_sent(self, clinic: Clinic) -> None:
        prescription_id = clinic.signed()
        order_id = clinic.ordered(prescription_id)
        withdraw(clinic, prescription_id)

        clinic.send_order(actor=SYSTEM, order_id=order_id)

        assert clinic.order(order_id).status is OrderStatus.CANCELLED
        assert clinic.network.sent == []

    def test_a_replacement_waits_until_the_first_copy_is_called_back(self, clinic: Clinic) -> None:
        first = clinic.signed()
        clinic.sent(first)
        consultation_id = clinic.prescription(first).consultation_id
        second = clinic.drafted(AMOXICILLIN_LINE, consultation_id=consultation_id, replaces=first)
        clinic.sign(second)

        order_id = clinic.ordered(second)
        with pytest.raises(CopyStillDispensable):
            clinic.send_order(actor=SYSTEM, order_id=order_id)

        assert len(clinic.network.sent) == 1


def withdraw(clinic: Clinic, prescription_id: object) -> None:
    with clinic.uow as uow:
        prescription = uow.prescriptions.get(prescription_id)
        prescription.cancel(reason=PrescriptionCancelReason.CLINICAL_CHANGE, now=clinic.clock.now())
        uow.prescriptions.save(prescription)
        uow.commit()
