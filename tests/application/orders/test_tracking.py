from datetime import timedelta

import pytest
from attrs import evolve

from application.orders.ports import PharmacyUnreachable
from application.orders.recall import CancelOrder, RerouteOrder
from application.orders.tracking import (
    RecheckOrders,
    RefreshOrder,
    RefreshOrderByReference,
    SettleAttention,
    SweepOrders,
)
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.orders.events import (
    OrderDelivered,
    OrderFailed,
    OrderMovedByNetwork,
    OrderNeedsAttention,
    OrderStatusChanged,
)
from domain.orders.fulfilment import AttentionReason, CancelOutcome, OrderStatus
from domain.orders.order import CopyStillDispensable, OrderNotFound, OrderWarningChanged
from domain.orders.pharmacy import Network
from domain.shared.ids import OrderId
from tests.builders.care import (
    A_PATIENT,
    AMOXICILLIN_LINE,
    OPERATIONS,
    OTHER_PHARMACY,
    PHARMACY,
    Clinic,
)
from tests.fakes.orders import Mishap


def refresh(clinic: Clinic, order_id: OrderId) -> None:
    RefreshOrder(clinic.uow, clinic.networks, clinic.clock)(actor=SYSTEM, order_id=order_id)


def reroute(clinic: Clinic, order_id: OrderId) -> OrderId:
    cancel = CancelOrder(clinic.uow, clinic.networks, clinic.send_order, clinic.clock)
    refresh_order = RefreshOrder(clinic.uow, clinic.networks, clinic.clock)
    return RerouteOrder(clinic.uow, cancel, refresh_order, clinic.clock, clinic.ids)(
        actor=A_PATIENT, order_id=order_id, pharmacy_id=OTHER_PHARMACY
    )


def settle(
    clinic: Clinic, order_id: OrderId, seen: AttentionReason, actor: Actor = OPERATIONS
) -> None:
    SettleAttention(clinic.uow, clinic.clock)(
        actor=actor, order_id=order_id, attention=seen, reason="called them"
    )


class TestRefreshOrder:
    def test_follows_it_until_the_patient_has_it(self, clinic: Clinic) -> None:
        order_id = clinic.sent()

        for status in (OrderStatus.RECEIVED, OrderStatus.PREPARING, OrderStatus.COLLECTED):
            clinic.network.reports(order_id, status)
            refresh(clinic, order_id)
            refresh(clinic, order_id)

        assert [event.status for event in clinic.uow.events_of(OrderStatusChanged)] == [
            OrderStatus.RECEIVED,
            OrderStatus.PREPARING,
            OrderStatus.COLLECTED,
        ]
        assert len(clinic.uow.events_of(OrderDelivered)) == 1

    def test_a_stale_report_never_moves_it_back(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.READY)
        refresh(clinic, order_id)

        clinic.network.reports(order_id, OrderStatus.RECEIVED)
        refresh(clinic, order_id)

        assert clinic.order(order_id).status is OrderStatus.READY

    def test_a_status_that_nobody_knows_goes_to_a_person(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, None)

        refresh(clinic, order_id)
        refresh(clinic, order_id)

        (attention,) = clinic.uow.events_of(OrderNeedsAttention)
        assert attention.reason is AttentionReason.UNKNOWN_VENDOR_STATUS
        assert clinic.order(order_id).vendor_status == "MYSTERY"

    def test_dispensed_after_it_was_cancelled_goes_to_a_person(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        cancel = CancelOrder(clinic.uow, clinic.networks, clinic.send_order, clinic.clock)
        assert cancel(actor=SYSTEM, order_id=order_id) is CancelOutcome.CANCELLED

        clinic.network.reports(order_id, OrderStatus.COLLECTED)
        refresh(clinic, order_id)

        assert clinic.order(order_id).status is OrderStatus.CANCELLED
        assert clinic.order(order_id).attention is AttentionReason.CONTRADICTING_STATUS

    def test_cancelled_after_it_was_dispensed_goes_to_a_person(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.DELIVERED)
        refresh(clinic, order_id)

        clinic.network.reports(order_id, OrderStatus.CANCELLED)
        refresh(clinic, order_id)

        assert clinic.order(order_id).status is OrderStatus.DELIVERED
        assert clinic.order(order_id).attention is AttentionReason.CONTRADICTING_STATUS

    def test_dispensed_twice_goes_to_a_person(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=2)

        refresh(clinic, order_id)

        assert clinic.order(order_id).attention is AttentionReason.DISPENSED_TWICE

    def test_cancelled_after_a_supply_that_nobody_told_of_is_still_a_supply(
        self, clinic: Clinic
    ) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.CANCELLED, fills=1)

        refresh(clinic, order_id)

        assert clinic.order(order_id).status is OrderStatus.COLLECTED
        assert clinic.order(order_id).attention is AttentionReason.CONTRADICTING_STATUS
        assert len(clinic.uow.events_of(OrderDelivered)) == 1

    def test_an_error_after_a_supply_is_still_a_supply(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.FAILED, fills=1)

        refresh(clinic, order_id)

        assert clinic.order(order_id).status is OrderStatus.COLLECTED
        assert clinic.uow.events_of(OrderFailed) == []

    def test_supplies_by_several_pharmacies_are_counted_together(self, clinic: Clinic) -> None:
        first = clinic.sent()
        second = reroute(clinic, first)
        clinic.send_order(actor=SYSTEM, order_id=second)
        clinic.network.reports(second, OrderStatus.COLLECTED)
        refresh(clinic, second)
        assert clinic.order(second).attention is None

        clinic.network.reports(first, OrderStatus.CANCELLED, fills=1)
        refresh(clinic, first)

        assert clinic.order(first).attention is AttentionReason.DISPENSED_TWICE

    def test_the_worst_stays_on_top_and_each_is_said_once(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.CANCELLED, fills=2)

        refresh(clinic, order_id)
        refresh(clinic, order_id)

        assert [event.reason for event in clinic.uow.events_of(OrderNeedsAttention)] == [
            AttentionReason.CONTRADICTING_STATUS,
            AttentionReason.DISPENSED_TWICE,
        ]

    @pytest.mark.parametrize("first", [None, OrderStatus.READY])
    def test_another_warning_does_not_hide_that_a_copy_was_handed_out(
        self, clinic: Clinic, first: OrderStatus | None
    ) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, first, pharmacy="pharmacy-elsewhere")
        refresh(clinic, order_id)
        successor = reroute(clinic, order_id)

        clinic.network.reports(order_id, None, fills=1)
        refresh(clinic, order_id)

        assert clinic.order(order_id).attention is AttentionReason.CONTRADICTING_STATUS
        with pytest.raises(CopyStillDispensable):
            clinic.send_order(actor=SYSTEM, order_id=successor)

    def test_the_doubt_outlives_a_warning_of_our_own(self, clinic: Clinic) -> None:
        first = clinic.sent()
        successor = reroute(clinic, first)
        clinic.network.reports(first, OrderStatus.COLLECTED, fills=1)
        refresh(clinic, first)
        with clinic.uow as uow:
            order = uow.orders.get(first)
            order.needs_attention(AttentionReason.CANCEL_REFUSED, now=clinic.clock.now())
            uow.orders.save(order)
            uow.commit()

        with pytest.raises(CopyStillDispensable):
            clinic.send_order(actor=SYSTEM, order_id=successor)

    def test_what_a_person_settled_comes_back_when_there_is_news(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=2)
        refresh(clinic, order_id)
        settle(clinic, order_id, AttentionReason.DISPENSED_TWICE)

        refresh(clinic, order_id)
        assert clinic.order(order_id).attention is None

        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=3)
        refresh(clinic, order_id)
        assert clinic.order(order_id).attention is AttentionReason.DISPENSED_TWICE

    def test_repeats_may_be_dispensed(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted(evolve(AMOXICILLIN_LINE, repeats=1))
        clinic.sign(prescription_id)
        order_id = clinic.sent(prescription_id)
        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=2)

        refresh(clinic, order_id)

        assert clinic.order(order_id).attention is None

    def test_an_order_that_the_network_lost_goes_to_a_person(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.orders.clear()

        refresh(clinic, order_id)

        assert clinic.order(order_id).attention is AttentionReason.CONTRADICTING_STATUS

    def test_a_person_settles_it_with_a_reason(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, None)
        refresh(clinic, order_id)

        with pytest.raises(AccessDenied):
            settle(clinic, order_id, AttentionReason.UNKNOWN_VENDOR_STATUS, actor=A_PATIENT)
        for _ in range(2):
            settle(clinic, order_id, AttentionReason.UNKNOWN_VENDOR_STATUS)

        assert clinic.order(order_id).attention is None
        assert [one.reason for one in clinic.uow.audit.records].count("called them") == 1

    def test_what_came_after_a_person_looked_is_not_settled(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, None)
        refresh(clinic, order_id)
        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=2)
        refresh(clinic, order_id)

        with pytest.raises(OrderWarningChanged):
            settle(clinic, order_id, AttentionReason.UNKNOWN_VENDOR_STATUS)

        assert clinic.order(order_id).attention is AttentionReason.DISPENSED_TWICE
        assert clinic.order(order_id).settled == frozenset()

    def test_by_the_networks_reference(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.RECEIVED)
        by_reference = RefreshOrderByReference(
            clinic.uow,
            clinic.networks,
            RefreshOrder(clinic.uow, clinic.networks, clinic.clock),
        )

        def hear_of(reference: str) -> None:
            by_reference(actor=SYSTEM, network=Network.FHIR, reference=reference)

        hear_of(f"remote-{order_id}")
        hear_of("somebody-elses")
        assert clinic.order(order_id).status is OrderStatus.RECEIVED
        with pytest.raises(OrderNotFound):
            hear_of("remote-elsewhere")

    def test_follows_it_to_the_pharmacy_that_the_network_moved_it_to(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.READY)
        refresh(clinic, order_id)

        clinic.network.reports(
            order_id, OrderStatus.SENT, pharmacy=f"pharmacy-{OTHER_PHARMACY.int}"
        )
        refresh(clinic, order_id)
        assert clinic.order(order_id).pharmacy_id == OTHER_PHARMACY
        assert clinic.order(order_id).status is OrderStatus.SENT

        clinic.network.reports(order_id, OrderStatus.SENT, pharmacy="pharmacy-elsewhere")
        refresh(clinic, order_id)
        assert clinic.order(order_id).attention is AttentionReason.MOVED_ELSEWHERE

        clinic.network.reports(order_id, OrderStatus.SENT, pharmacy=f"pharmacy-{PHARMACY.int}")
        refresh(clinic, order_id)
        assert clinic.order(order_id).attention is None
        assert [event.pharmacy_id for event in clinic.uow.events_of(OrderMovedByNetwork)] == [
            OTHER_PHARMACY,
            PHARMACY,
        ]

    def test_one_that_came_home_and_went_away_again_is_news(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        home = f"pharmacy-{PHARMACY.int}"
        clinic.network.reports(order_id, OrderStatus.SENT, pharmacy="pharmacy-elsewhere")
        refresh(clinic, order_id)
        clinic.network.reports(order_id, OrderStatus.SENT, pharmacy=home)
        refresh(clinic, order_id)
        assert clinic.order(order_id).attention is None

        clinic.network.reports(order_id, OrderStatus.SENT, pharmacy="pharmacy-elsewhere")
        refresh(clinic, order_id)
        settle(clinic, order_id, AttentionReason.MOVED_ELSEWHERE)
        for pharmacy in (home, "pharmacy-further-away"):
            clinic.network.reports(order_id, OrderStatus.SENT, pharmacy=pharmacy)
            refresh(clinic, order_id)

        assert clinic.order(order_id).attention is AttentionReason.MOVED_ELSEWHERE
        assert clinic.uow.events_of(OrderMovedByNetwork) == []

    @pytest.mark.parametrize("elsewhere", [f"pharmacy-{OTHER_PHARMACY.int}", "pharmacy-elsewhere"])
    def test_where_one_goes_that_was_called_back_is_told_to_nobody(
        self, clinic: Clinic, elsewhere: str
    ) -> None:
        order_id = clinic.sent()
        cancel = CancelOrder(clinic.uow, clinic.networks, clinic.send_order, clinic.clock)
        cancel(actor=SYSTEM, order_id=order_id)

        clinic.network.reports(order_id, OrderStatus.CANCELLED, pharmacy=elsewhere)
        refresh(clinic, order_id)

        order = clinic.order(order_id)
        assert (order.pharmacy_id, order.attention) == (PHARMACY, None)
        assert clinic.uow.events_of(OrderMovedByNetwork) == []


class TestSweepOrders:
    def sweep(self, clinic: Clinic) -> int:
        refresh_order = RefreshOrder(clinic.uow, clinic.networks, clinic.clock)
        return SweepOrders(clinic.uow, clinic.send_order, refresh_order, clinic.clock)(actor=SYSTEM)

    def test_asks_about_what_nobody_has_heard_of(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.READY)
        assert self.sweep(clinic) == 0

        clinic.clock.pass_by(timedelta(minutes=16))
        assert self.sweep(clinic) == 1
        assert self.sweep(clinic) == 0

        assert clinic.order(order_id).status is OrderStatus.READY

    def test_sends_what_was_left_unsent(self, clinic: Clinic) -> None:
        order_id = clinic.ordered()
        clinic.clock.pass_by(timedelta(minutes=16))

        assert self.sweep(clinic) == 1

        assert clinic.order(order_id).status is OrderStatus.SENT

    def test_one_that_fails_stops_no_other(self, clinic: Clinic) -> None:
        clinic.ordered()
        second = clinic.ordered()
        clinic.clock.pass_by(timedelta(minutes=16))
        clinic.network.mishap = Mishap.UNREACHABLE

        assert self.sweep(clinic) == 1

        assert clinic.order(second).status is OrderStatus.SENT


class TestRecheckOrders:
    def recheck(self, clinic: Clinic) -> int:
        refresh_order = RefreshOrder(clinic.uow, clinic.networks, clinic.clock)
        return RecheckOrders(clinic.uow, refresh_order, clinic.clock)(actor=SYSTEM)

    @pytest.mark.parametrize("later", [timedelta(days=1), timedelta(days=7)])
    def test_finds_a_second_supply_that_nobody_told_of(
        self, clinic: Clinic, later: timedelta
    ) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=1)
        refresh(clinic, order_id)
        collected_at = clinic.order(order_id).updated_at
        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=2)

        clinic.clock.pass_by(later - timedelta(hours=1))
        assert self.recheck(clinic) == 0
        clinic.clock.pass_by(timedelta(hours=2))
        assert self.recheck(clinic) == 1

        assert clinic.order(order_id).attention is AttentionReason.DISPENSED_TWICE
        assert clinic.order(order_id).supplied_at == collected_at

    def test_nothing_new_leaves_the_order_as_it_is(self, clinic: Clinic) -> None:
        order_id = clinic.sent()
        clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=1)
        refresh(clinic, order_id)
        ended_at = clinic.order(order_id).updated_at
        clinic.clock.pass_by(timedelta(days=1, hours=1))

        assert self.recheck(clinic) == 1

        assert clinic.order(order_id).updated_at == ended_at
        clinic.clock.pass_by(timedelta(days=1))
        assert self.recheck(clinic) == 0

    def test_one_that_gets_no_answer_holds_up_no_other(self, clinic: Clinic) -> None:
        orders = self.collected(clinic, 3)
        clinic.network.lost = {orders[0], orders[2]}
        clinic.network.reports(orders[1], OrderStatus.COLLECTED, fills=2)

        with pytest.raises(PharmacyUnreachable):
            self.recheck(clinic)

        assert clinic.order(orders[1]).attention is AttentionReason.DISPENSED_TWICE

    def test_asks_about_all_however_many_there_are(
        self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("application.orders.tracking._BATCH", 2)
        orders = self.collected(clinic, 5)
        clinic.network.reports(orders[4], OrderStatus.COLLECTED, fills=2)

        assert self.recheck(clinic) == 5

        assert clinic.order(orders[4]).attention is AttentionReason.DISPENSED_TWICE

    def collected(self, clinic: Clinic, count: int) -> list[OrderId]:
        """So many that were collected a day and an hour ago."""
        orders = [clinic.sent() for _ in range(count)]
        for order_id in orders:
            clinic.network.reports(order_id, OrderStatus.COLLECTED, fills=1)
            refresh(clinic, order_id)
        clinic.clock.pass_by(timedelta(days=1, hours=1))
        return orders
