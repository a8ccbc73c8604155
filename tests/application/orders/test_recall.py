from datetime import timedelta

import pytest

from application.orders.ports import PharmacyOutcomeUnknown
from application.orders.recall import (
    CancelOrder,
    CancelOrdersOf,
    CancelPrescription,
    RerouteOrder,
)
from application.orders.tracking import RefreshOrder
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.orders.events import OrderCancelled, OrderRerouted
from domain.orders.fulfilment import AttentionReason, CancelOutcome, OrderStatus
from domain.orders.order import OrderMoved, OrderNotFound
from domain.prescriptions.events import PrescriptionCancelReason
from domain.prescriptions.prescription import PrescriptionNotFound, PrescriptionStatus
from domain.shared.ids import OrderId, PrescriptionId
from tests.builders.care import (
    A_PATIENT,
    A_PHYSICIAN,
    A_PROGRAM,
    A_STRANGER,
    ANOTHER_PHYSICIAN,
    OTHER_PHARMACY,
    Clinic,
)
from tests.fakes.orders import Mishap


def cancel_order(clinic: Clinic) -> CancelOrder:
    return CancelOrder(clinic.uow, clinic.networks, clinic.send_order, clinic.clock)


def dispensed_during_the_recall(clinic: Clinic, order_id: OrderId) -> None:
    """The pharmacy cancels what it has handed out, and we hear of it while we call it back."""

    def hear() -> None:
        clinic.network.reports(order_id, OrderStatus.CANCELLED, fills=1)
        RefreshOrder(clinic.uow, clinic.networks, clinic.clock)(actor=SYSTEM, order_id=order_id)

    clinic.network.while_cancelling = hear


class TestCancelOrder:
    def test_before_it_was_sent_the_pharmacy_is_not_asked(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        clinic.network.silent = True

        outcome = cancel_order(clinic)(actor=A_PATIENT, order_id=order_id)

        assert outcome is CancelOutcome.CANCELLED
        assert clinic.order(order_id).status is OrderStatus.CANCELLED

    def test_cancelling_again_gives_the_same_outcome(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        cancel = cancel_order(clinic)

        first = cancel(actor=A_PHYSICIAN, order_id=order_id)
        assert cancel(actor=A_PHYSICIAN, order_id=order_id) is first

        assert len(clinic.uow.events_of(OrderCancelled)) == 1

    @pytest.mark.parametrize(
        "outcome",
        [
            CancelOutcome.ALREADY_DISPENSED,
            CancelOutcome.BEING_PREPARED,
            CancelOutcome.NOT_PERMITTED,
        ],
    )
    def test_what_is_not_given_back_goes_to_a_person(
        self, clinic: Clinic, outcome: CancelOutcome
    ) -> None:
        order_id = clinic.sent()
        clinic.network.cancel_outcome = outcome

        assert cancel_order(clinic)(actor=A_PHYSICIAN, order_id=order_id) is outcome

        order = clinic.order(order_id)
        assert order.status is OrderStatus.SENT
        assert order.attention is AttentionReason.CANCEL_REFUSED

    def test_marked_with_the_dispenser_waits_for_their_word(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.cancel_outcome = CancelOutcome.MARKED_WITH_DISPENSER

        cancel_order(clinic)(actor=A_PHYSICIAN, order_id=order_id)
        assert clinic.order(order_id).attention is None

        clinic.network.reports(order_id, OrderStatus.CANCELLED)
        RefreshOrder(clinic.uow, clinic.networks, clinic.clock)(actor=SYSTEM, order_id=order_id)
        assert clinic.order(order_id).status is OrderStatus.CANCELLED

    def test_one_that_the_pharmacy_never_had_is_cancelled(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.orders.clear()

        outcome = cancel_order(clinic)(actor=A_PHYSICIAN, order_id=order_id)

        assert outcome is CancelOutcome.NOT_FOUND
        assert clinic.order(order_id).status is OrderStatus.CANCELLED

    @pytest.mark.parametrize("mishap", [Mishap.LOST, Mishap.NEVER_ARRIVED])
    def test_an_unknown_one_is_looked_up_first(self, clinic: Clinic, mishap: Mishap) -> None:
        order_id = clinic.ordered()
        clinic.network.mishap = mishap
        with pytest.raises(PharmacyOutcomeUnknown):
            clinic.send_order(actor=SYSTEM, order_id=order_id)

        outcome = cancel_order(clinic)(actor=A_PHYSICIAN, order_id=order_id)

        assert outcome is CancelOutcome.CANCELLED
        assert clinic.order(order_id).status is OrderStatus.CANCELLED

    def test_supplied_is_supplied(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.COLLECTED)
        RefreshOrder(clinic.uow, clinic.networks, clinic.clock)(actor=SYSTEM, order_id=order_id)

        outcome = cancel_order(clinic)(actor=A_PATIENT, order_id=order_id)

        assert outcome is CancelOutcome.ALREADY_DISPENSED

    @pytest.mark.parametrize(
        "outcome", [CancelOutcome.CANCELLED, CancelOutcome.NOT_FOUND, CancelOutcome.NOT_PERMITTED]
    )
    def test_news_of_its_supply_is_not_lost_to_the_recall(
        self, clinic: Clinic, outcome: CancelOutcome
    ) -> None:
        order_id = clinic.sent()
        clinic.network.cancel_outcome = outcome
        dispensed_during_the_recall(clinic, order_id)

        answer = cancel_order(clinic)(actor=A_PATIENT, order_id=order_id)

        order = clinic.order(order_id)
        assert answer is CancelOutcome.ALREADY_DISPENSED
        assert (order.status, order.fills) == (OrderStatus.COLLECTED, 1)
        assert order.attention is not None
        assert clinic.uow.events_of(OrderCancelled) == []

    def test_a_part_that_was_handed_out_is_not_called_back(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.PREPARING, fills=1)
        RefreshOrder(clinic.uow, clinic.networks, clinic.clock)(actor=SYSTEM, order_id=order_id)

        outcome = cancel_order(clinic)(actor=A_PATIENT, order_id=order_id)

        assert outcome is CancelOutcome.ALREADY_DISPENSED
        assert clinic.order(order_id).status is OrderStatus.COLLECTED
        assert clinic.order(order_id).attention is AttentionReason.CONTRADICTING_STATUS

    @pytest.mark.parametrize("actor", [A_STRANGER, ANOTHER_PHYSICIAN])
    def test_others_may_not_know_of_it(self, clinic: Clinic, actor: Actor) -> None:
        with pytest.raises(OrderNotFound):
            cancel_order(clinic)(actor=actor, order_id=clinic.sent())


class TestCancelPrescription:
    def cancel(
        self, clinic: Clinic, prescription_id: PrescriptionId, actor: Actor = A_PHYSICIAN
    ) -> CancelOutcome:
        return CancelPrescription(clinic.uow, cancel_order(clinic), clinic.clock)(
            actor=actor,
            prescription_id=prescription_id,
            reason=PrescriptionCancelReason.PRESCRIBING_ERROR,
        )

    def test_calls_its_order_back_first(self, clinic: Clinic) -> None:
        prescription_id = clinic.signed()
        order_id = clinic.sent(prescription_id)

        assert self.cancel(clinic, prescription_id) is CancelOutcome.CANCELLED

        assert clinic.order(order_id).status is OrderStatus.CANCELLED
        assert clinic.prescription(prescription_id).status is PrescriptionStatus.CANCELLED

    def test_stays_in_force_when_the_pharmacy_does_not_give_it_back(self, clinic: Clinic) -> None:
        prescription_id = clinic.signed()
        clinic.sent(prescription_id)
        clinic.network.cancel_outcome = CancelOutcome.BEING_PREPARED

        assert self.cancel(clinic, prescription_id) is CancelOutcome.BEING_PREPARED

        assert clinic.prescription(prescription_id).status is PrescriptionStatus.SIGNED

    def test_without_an_order_it_is_simply_withdrawn(self, clinic: Clinic) -> None:
        prescription_id = clinic.signed()

        assert self.cancel(clinic, prescription_id) is CancelOutcome.CANCELLED
        assert self.cancel(clinic, prescription_id) is CancelOutcome.CANCELLED

        assert clinic.prescription(prescription_id).status is PrescriptionStatus.CANCELLED

    def test_is_the_prescribers(self, clinic: Clinic) -> None:
        with pytest.raises(PrescriptionNotFound):
            self.cancel(clinic, clinic.signed(), ANOTHER_PHYSICIAN)
        with pytest.raises(AccessDenied):
            self.cancel(clinic, clinic.signed(), A_PROGRAM)


def test_a_replaced_prescription_has_its_orders_called_back(clinic: Clinic) -> None:
    first = clinic.signed()
    order_id = clinic.sent(first)
    second = clinic.drafted(
        consultation_id=clinic.prescription(first).consultation_id, replaces=first
    )
    clinic.sign(second)
    replacement = clinic.ordered(second)

    CancelOrdersOf(clinic.uow, cancel_order(clinic))(actor=SYSTEM, prescription_id=first)
    clinic.send_order(actor=SYSTEM, order_id=replacement)

    assert clinic.order(order_id).status is OrderStatus.CANCELLED
    assert clinic.order(replacement).status is OrderStatus.SENT


class TestRerouteOrder:
    def reroute(self, clinic: Clinic, order_id: OrderId) -> OrderId:
        return RerouteOrder(
            clinic.uow,
            cancel_order(clinic),
            RefreshOrder(clinic.uow, clinic.networks, clinic.clock),
            clinic.clock,
            clinic.ids,
        )(actor=A_PATIENT, order_id=order_id, pharmacy_id=OTHER_PHARMACY)

    def test_another_pharmacy_supplies_it(self, clinic: Clinic) -> None:
        order_id = clinic.sent()

        successor = self.reroute(clinic, order_id)
        assert self.reroute(clinic, order_id) == successor
        clinic.send_order(actor=SYSTEM, order_id=successor)

        assert clinic.order(order_id).status is OrderStatus.REROUTED
        assert clinic.order(successor).pharmacy_id == OTHER_PHARMACY
        assert clinic.order(successor).status is OrderStatus.SENT
        assert len(clinic.uow.events_of(OrderRerouted)) == 1

    def test_not_while_the_first_one_keeps_it(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.cancel_outcome = CancelOutcome.BEING_PREPARED

        with pytest.raises(OrderMoved):
            self.reroute(clinic, order_id)

    def test_not_when_the_news_that_it_was_handed_out_comes_meanwhile(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        dispensed_during_the_recall(clinic, order_id)

        with pytest.raises(OrderMoved):
            self.reroute(clinic, order_id)

        assert clinic.order(order_id).status is OrderStatus.COLLECTED

    def test_not_when_asking_tells_that_it_was_handed_out(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.CANCELLED, fills=1)

        with pytest.raises(OrderMoved):
            self.reroute(clinic, order_id)

        order = clinic.order(order_id)
        assert (order.status, order.fills) == (OrderStatus.CANCELLED, 1)
        assert order.attention is AttentionReason.CONTRADICTING_STATUS
        assert clinic.uow.events_of(OrderRerouted) == []

    def test_two_at_once_give_the_same_successor(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        successors: list[OrderId] = []

        def by_another_click() -> None:
            clinic.network.while_cancelling = lambda: None
            successors.append(self.reroute(clinic, order_id))

        clinic.network.while_cancelling = by_another_click

        assert [self.reroute(clinic, order_id)] == successors
        assert len(clinic.uow.orders.all()) == 2

    def test_what_failed_is_rerouted_without_asking(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        clinic.network.mishap = Mishap.REFUSED
        clinic.send_order(actor=SYSTEM, order_id=order_id)
        clinic.network.silent = True
        clinic.clock.pass_by(timedelta(minutes=1))

        assert clinic.order(self.reroute(clinic, order_id)).status is OrderStatus.CREATED
