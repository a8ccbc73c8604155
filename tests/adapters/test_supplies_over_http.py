"""
Prescriptions at pharmacies that do what nobody asked for, over HTTP, with their own messages.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from attrs import define, evolve
from sqlalchemy import Engine, text

from adapters.medications.shipped import ShippedMedications
from adapters.pharmacies.fhir.client import FhirClient, FhirServer
from adapters.pharmacies.fhir.pharmacy import FhirPharmacies
from adapters.pharmacies.fhir.webhooks import FhirPharmacyWebhooks
from adapters.pharmacies.networks import ConnectedNetworks
from adapters.pharmacies.photon.client import PhotonAccount, PhotonClient
from adapters.pharmacies.photon.pharmacy import PhotonPharmacies
from adapters.pharmacies.photon.webhooks import PhotonWebhooks
from adapters.postgres.engine import build_engine
from adapters.postgres.queries.orders import PostgresOrderQueries
from adapters.system.clock import SystemClock
from adapters.system.ids import RandomIds
from application.orders.queries import ListOrdersNeedingAttention, OrderView, TrackOrder
from application.orders.recall import CancelOrder, RerouteOrder
from application.orders.tracking import (
    RecheckOrders,
    RefreshOrder,
    RefreshOrderByReference,
    SettleAttention,
    SweepOrders,
)
from application.shared.access import SYSTEM
from application.webhooks.ports import VerifiedEvent
from application.webhooks.routing import find_route
from domain.orders.fulfilment import AttentionReason, OrderStatus
from domain.orders.order import CopyStillDispensable, OrderMoved
from domain.orders.pharmacy import Network
from domain.shared.ids import OrderId, PharmacyId
from entrypoints.portal.sentences import of_order
from tests.adapters.postgres.transactions import unit_of_work
from tests.builders.care import (
    A_PATIENT,
    AMOXICILLIN_LINE,
    OPERATIONS,
    PATIENT,
    Clinic,
    a_pharmacy,
)
from tests.entrypoints.sandbox.vendor_world import World, world
from tests.fakes.clock import FixedClock

pytestmark = pytest.mark.fault(19)

HERE, THERE = PharmacyId(UUID(int=43)), PharmacyId(UUID(int=44))
LINE = evolve(AMOXICILLIN_LINE, medication_code="amoxicillin-500mg-capsule")
NAMES = {
    Network.PHOTON: ("phr_sf_mission", "phr_la_sunset", "phr_ny_chelsea"),
    Network.FHIR: ("pharmacy-bondi", "pharmacy-carlton", "pharmacy-valley"),
}


@define(eq=False)
class Counter:
    """A clinic with two pharmacies of one network; what the network says is heard when asked."""

    clinic: Clinic
    networks: ConnectedNetworks
    world: World
    engine: Engine
    network: Network

    def sent(self) -> OrderId:
        prescription_id = self.clinic.drafted(LINE)
        self.clinic.sign(prescription_id)
        with self.clinic.uow as uow:
            uow.pharmacies.prefer(PATIENT, HERE)
            uow.commit()
        order_id = self.clinic.ordered(prescription_id)
        self.clinic.send_order(actor=SYSTEM, order_id=order_id)
        return order_id

    def act(self, order_id: OrderId, *, photon: str, fhir: str, **body: Any) -> None:
        if self.network is Network.PHOTON:
            self.world.control(f"photon/{photon}", external_id=str(order_id), **body)
        else:
            self.world.control(f"fhir-pharmacy/{fhir}", identifier=f"{order_id}.1", **body)

    def goes_on(self, order_id: OrderId, steps: int) -> None:
        for _ in range(steps):
            self.act(order_id, photon="advance_order", fhir="advance_task")

    def gives_away(self, order_id: OrderId, to: str) -> None:
        key = "pharmacy_id" if self.network is Network.PHOTON else "pharmacy"
        self.act(order_id, photon="reroute_order", fhir="reroute_task", **{key: to})

    def cancels(self, order_id: OrderId) -> None:
        self.act(order_id, photon="cancel_order", fhir="cancel_task")

    def hands_out_again(self, order_id: OrderId) -> None:
        self.act(order_id, photon="dispense_again", fhir="dispense_again")

    def hear(self) -> None:
        """Take in what the network has to say, last first, and all of it twice."""
        self.world.run_due()
        events = [self._verified(heard) for heard in self.world.ear.heard]
        by_reference = RefreshOrderByReference(self.clinic.uow, self.networks, self.refresh)
        for event in [*reversed(events), *events]:
            route = find_route(event.vendor, event.event.kind)
            if route is not None:
                assert route.use_case is RefreshOrderByReference
                by_reference(actor=SYSTEM, **route.arguments(event.event))

    def _verified(self, heard: Any) -> "Told":
        if "photon" in heard.path:
            photon = PhotonWebhooks(["whsec_photon_scripted"])
            vendor, verifier = "photon", photon.verify
        else:
            fhir = FhirPharmacyWebhooks(["whsec_fhir_pharmacy_scripted"], SystemClock())
            vendor, verifier = "fhir-pharmacy", fhir.verify
        return Told(vendor, verifier(headers=heard.headers, body=heard.raw, url=heard.path))

    @property
    def refresh(self) -> RefreshOrder:
        return RefreshOrder(self.clinic.uow, self.networks, self.clinic.clock)

    @property
    def cancel(self) -> CancelOrder:
        clinic = self.clinic
        return CancelOrder(clinic.uow, self.networks, clinic.send_order, clinic.clock)

    def sweep(self) -> None:
        self.clinic.clock.pass_by(timedelta(minutes=16))
        clinic = self.clinic
        SweepOrders(clinic.uow, clinic.send_order, self.refresh, clinic.clock)(actor=SYSTEM)

    def move(self, order_id: OrderId) -> OrderId:
        """The patient wants it from the other pharmacy."""
        clinic = self.clinic
        return RerouteOrder(clinic.uow, self.cancel, self.refresh, clinic.clock, clinic.ids)(
            actor=A_PATIENT, order_id=order_id, pharmacy_id=THERE
        )

    def settle(self, order_id: OrderId) -> None:
        (attention,) = [reason for one, reason in self.work() if one == order_id]
        assert attention is not None
        SettleAttention(self.clinic.uow, self.clinic.clock)(
            actor=OPERATIONS, order_id=order_id, attention=attention, reason="We called them."
        )

    def work(self) -> list[tuple[OrderId, AttentionReason | None]]:
        """What operations has to look at."""
        page = ListOrdersNeedingAttention(PostgresOrderQueries(self.engine))(actor=OPERATIONS)
        return [(one.order_id, one.attention) for one in page.items]

    def seen(self, order_id: OrderId) -> OrderView:
        """As the patient sees it."""
        queries = PostgresOrderQueries(self.engine)
        return TrackOrder(queries, self.clinic.uow)(actor=A_PATIENT, order_id=order_id)

    def told(self, kind: str) -> int:
        """How often a fact was written down, from which everybody is told."""
        with self.engine.connect() as connection:
            count = connection.scalar(
                text("select count(*) from event where type = :kind"), {"kind": kind}
            )
        return int(count or 0)

    def at_vendor(self) -> int:
        kind, vendor = (
            ("order", "photon") if self.network is Network.PHOTON else ("Task", "fhir-pharmacy")
        )
        state = self.world.http.get(f"{self.world.url}/_sandbox/state/{vendor}").json()
        return len(state[kind])


@define
class Told:
    vendor: str
    event: VerifiedEvent


@pytest.fixture(params=[Network.PHOTON, Network.FHIR])
def counter(request: pytest.FixtureRequest, database_url: str) -> Iterator[Counter]:
    network: Network = request.param
    engine = build_engine(database_url)
    with world() as opened, httpx.Client(trust_env=False, timeout=10) as http:
        account = PhotonAccount(
            url=f"{opened.url}/photon",
            client_id="scripted_photon_client",
            client_secret="scripted_photon_secret",
        )
        server = FhirServer(url=f"{opened.url}/fhir-pharmacy/fhir", token="scripted_fhir_token")
        networks = ConnectedNetworks(
            {
                Network.PHOTON: PhotonPharmacies(PhotonClient(http, account, SystemClock())),
                Network.FHIR: FhirPharmacies(FhirClient(http, server)),
            }
        )
        clock = FixedClock()
        clinic = Clinic(
            uow=unit_of_work(engine, clock=clock, ids=RandomIds()),
            clock=clock,
            ids=RandomIds(),  # type: ignore[arg-type]
            medications=ShippedMedications(),  # type: ignore[arg-type]
            networks=networks,  # type: ignore[arg-type]
        )
        with clinic.uow as uow:
            for pharmacy_id, name, reference in zip(
                (HERE, THERE), ("Mission", "Sunset"), NAMES[network], strict=False
            ):
                uow.pharmacies.put(
                    a_pharmacy(
                        pharmacy_id=pharmacy_id,
                        name=name,
                        network=network,
                        network_reference=reference,
                    )
                )
            uow.commit()
        yield Counter(clinic, networks, opened, engine, network)
    engine.dispose()


class TestGivenToAnotherPharmacy:
    def test_it_is_followed_there_and_the_patient_told_once(self, counter: Counter) -> None:
        order_id = counter.sent()
        counter.goes_on(order_id, 1)
        counter.hear()

        counter.gives_away(order_id, NAMES[counter.network][1])
        counter.hear()

        moved = counter.seen(order_id)
        assert moved.status is OrderStatus.SENT
        assert (of_order(moved).detail, counter.work()) == ("Sunset", [])
        assert counter.told("OrderMovedByNetwork") == 1
        counter.goes_on(order_id, 4)
        counter.hear()
        assert counter.seen(order_id).status is OrderStatus.COLLECTED
        assert counter.told("OrderDelivered") == counter.at_vendor() == 1
        assert counter.work() == []

    def test_one_that_nobody_told_of_is_found_by_asking(self, counter: Counter) -> None:
        order_id = counter.sent()
        counter.gives_away(order_id, NAMES[counter.network][1])

        counter.sweep()

        assert of_order(counter.seen(order_id)).detail == "Sunset"

    def test_a_pharmacy_that_we_do_not_know_is_for_a_person_once(self, counter: Counter) -> None:
        order_id = counter.sent()
        counter.gives_away(order_id, NAMES[counter.network][2])

        counter.hear()
        assert counter.work() == [(order_id, AttentionReason.MOVED_ELSEWHERE)]
        assert "passed your prescription on" in of_order(counter.seen(order_id)).words

        counter.settle(order_id)
        counter.sweep()
        assert counter.work() == []


class TestCancelledAfterItWasFilled:
    def test_the_patient_keeps_it_and_a_person_asks_once(self, counter: Counter) -> None:
        order_id = counter.sent()
        counter.goes_on(order_id, 4)
        counter.hear()

        counter.cancels(order_id)
        counter.hear()

        one = counter.seen(order_id)
        assert one.status is OrderStatus.COLLECTED
        assert "cancelled afterwards" in of_order(one).detail
        assert counter.work() == [(order_id, AttentionReason.CONTRADICTING_STATUS)]
        counter.settle(order_id)
        counter.hear()
        assert counter.work() == []
        assert (counter.told("OrderDelivered"), counter.told("OrderCancelled")) == (1, 0)

    def test_heard_of_only_now_it_is_not_supplied_a_second_time(self, counter: Counter) -> None:
        order_id = counter.sent()
        counter.goes_on(order_id, 4)
        counter.cancels(order_id)

        counter.sweep()

        assert counter.work() == [(order_id, AttentionReason.CONTRADICTING_STATUS)]
        with pytest.raises(OrderMoved):
            counter.move(order_id)
        assert counter.seen(order_id).status is OrderStatus.COLLECTED
        assert counter.at_vendor() == counter.told("OrderDelivered") == 1

    @pytest.mark.parametrize("counter", [Network.FHIR], indirect=True)
    def test_called_back_and_handed_out_unheard_it_goes_to_no_other_pharmacy(
        self, counter: Counter
    ) -> None:
        order_id = counter.sent()
        counter.cancel(actor=A_PATIENT, order_id=order_id)
        counter.hands_out_again(order_id)

        with pytest.raises(OrderMoved):
            counter.move(order_id)

        assert counter.seen(order_id).fills == counter.at_vendor() == 1
        assert counter.work() == [(order_id, AttentionReason.CONTRADICTING_STATUS)]


class TestDispensedTwice:
    def test_patient_and_staff_are_told_once(self, counter: Counter) -> None:
        order_id = counter.sent()
        counter.goes_on(order_id, 4)
        counter.hear()

        counter.hands_out_again(order_id)
        counter.hear()
        counter.hear()

        assert counter.work() == [(order_id, AttentionReason.DISPENSED_TWICE)]
        assert "twice" in of_order(counter.seen(order_id)).words
        assert counter.told("OrderNeedsAttention") == counter.told("OrderDelivered") == 1
        counter.settle(order_id)
        counter.hear()
        assert counter.work() == []

    def test_one_that_nobody_told_of_is_found_by_asking_once_more(self, counter: Counter) -> None:
        order_id = counter.sent()
        counter.goes_on(order_id, 4)
        counter.sweep()
        counter.hands_out_again(order_id)

        counter.clinic.clock.pass_by(timedelta(days=1, hours=1))
        clinic = counter.clinic
        RecheckOrders(clinic.uow, counter.refresh, clinic.clock)(actor=SYSTEM)

        assert counter.work() == [(order_id, AttentionReason.DISPENSED_TWICE)]

    @pytest.mark.parametrize("counter", [Network.FHIR], indirect=True)
    def test_another_copy_waits_until_a_person_has_asked(self, counter: Counter) -> None:
        """The pharmacy gave the order back, and handed it out all the same."""
        order_id = counter.sent()
        successor = counter.move(order_id)
        counter.hands_out_again(order_id)

        counter.hear()

        assert counter.work() == [(order_id, AttentionReason.CONTRADICTING_STATUS)]
        assert "Do not take it twice" in of_order(counter.seen(order_id)).detail
        with pytest.raises(CopyStillDispensable):
            counter.clinic.send_order(actor=SYSTEM, order_id=successor)
        assert counter.at_vendor() == 1

        counter.settle(order_id)
        counter.clinic.send_order(actor=SYSTEM, order_id=successor)
        counter.goes_on(successor, 4)
        counter.sweep()
        assert counter.work() == [(successor, AttentionReason.DISPENSED_TWICE)]
