"""
Orders, pharmacies and a pharmacy network, in memory.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from attrs import define, evolve, field

from application.orders.ports import (
    PharmacyGateway,
    PharmacyOrder,
    PharmacyOutcomeUnknown,
    PharmacyRefused,
    PharmacyUnreachable,
    RemoteOrder,
)
from domain.orders.fulfilment import CancelOutcome, OrderStatus
from domain.orders.order import CopyStillDispensable, Order, OrderNotFound
from domain.orders.pharmacy import Network, Pharmacy, PharmacyNotFound
from domain.prescriptions.events import PrescriptionCancelReason
from domain.shared.ids import OrderId, PatientId, PharmacyId, PrescriptionId
from tests.fakes.aggregates import Aggregates, Collector

_ENDED = {
    OrderStatus.DELIVERED,
    OrderStatus.COLLECTED,
    OrderStatus.CANCELLED,
    OrderStatus.FAILED,
    OrderStatus.REROUTED,
}


@define(eq=False)
class InMemoryOrders:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, order: Order) -> None:
        self._put(order)

    def get(self, order_id: OrderId) -> Order:
        found: Order | None = self._store.find(order_id)
        if found is None:
            raise OrderNotFound("There is no such order.")
        return found

    def save(self, order: Order) -> None:
        self._put(order)

    def of_prescription(self, prescription_id: PrescriptionId) -> Sequence[Order]:
        return [one for one in self.all() if one.prescription_id == prescription_id]

    def of_lineage(self, lineage_id: PrescriptionId) -> Sequence[Order]:
        return [one for one in self.all() if one.lineage_id == lineage_id]

    def find_by_reference(self, reference: str) -> OrderId | None:
        return next((one.id for one in self.all() if one.reference == reference), None)

    def unsettled(self, *, before: datetime, limit: int) -> Sequence[OrderId]:
        silent = sorted(
            (one.updated_at, one.id)
            for one in self.all()
            if one.status not in _ENDED and one.updated_at < before and one.pharmacy_id is not None
        )
        return [OrderId(order_id) for _, order_id in silent][:limit]

    def ended_between(
        self, since: datetime, until: datetime, *, after: OrderId | None = None, limit: int
    ) -> Sequence[OrderId]:
        return [
            one.id
            for one in self.all()
            if one.status in _ENDED
            and one.reference is not None
            and since <= one.updated_at < until
            and (after is None or one.id > after)
        ][:limit]

    def all(self) -> list[Order]:
        return sorted(self._store.all(), key=lambda one: one.id)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)

    def _put(self, order: Order) -> None:
        if order.is_dispensable:
            for other in self.of_lineage(order.lineage_id):
                if other.id != order.id and other.is_dispensable:
                    raise CopyStillDispensable("An earlier copy can still be dispensed.")
        self._store.put(order.id, order)


@define(eq=False)
class InMemoryPharmacies:
    _rows: dict[UUID, Pharmacy] = field(factory=dict, init=False)
    _preferred: dict[UUID, PharmacyId] = field(factory=dict, init=False)

    def get(self, pharmacy_id: PharmacyId) -> Pharmacy:
        if pharmacy_id not in self._rows:
            raise PharmacyNotFound("There is no such pharmacy.")
        return self._rows[pharmacy_id]

    def put(self, pharmacy: Pharmacy) -> None:
        self._rows[pharmacy.id] = pharmacy

    def all(self) -> list[Pharmacy]:
        return list(self._rows.values())

    def in_country(self, country: str) -> Sequence[Pharmacy]:
        found = [one for one in self._rows.values() if one.place.country == country and one.active]
        return sorted(found, key=lambda one: (one.name, one.id))

    def find_by_network(self, network: Network, reference: str) -> Pharmacy | None:
        for one in self._rows.values():
            if (one.network, one.network_reference) == (network, reference):
                return one
        return None

    def preferred_by(self, patient_id: PatientId) -> PharmacyId | None:
        return self._preferred.get(patient_id)

    def prefer(self, patient_id: PatientId, pharmacy_id: PharmacyId) -> None:
        self._preferred[patient_id] = pharmacy_id

    def snapshot(self) -> Any:
        return dict(self._rows), dict(self._preferred)

    def restore(self, snapshot: Any) -> None:
        self._rows, self._preferred = snapshot


class Mishap(Enum):
    """What goes wrong with the next request."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    LOST = "lost"  # it arrives, the answer does not
    NEVER_ARRIVED = "never_arrived"  # the caller cannot tell this from LOST


@define(eq=False)
class InMemoryPharmacyNetwork:
    """
    A network that keeps orders by our identifier. A test decides what goes wrong, and what
    the pharmacy does.
    """

    orders: dict[str, RemoteOrder] = field(factory=dict)
    sent: list[PharmacyOrder] = field(factory=list)
    mishap: Mishap | None = None
    silent: bool = False
    cancel_outcome: CancelOutcome | None = None
    while_sending: Callable[[], None] = lambda: None
    while_cancelling: Callable[[], None] = lambda: None
    lost: set[OrderId] = field(factory=set)  # asked about these, it does not answer

    def send(self, order: PharmacyOrder) -> RemoteOrder:
        self.while_sending()
        mishap, self.mishap = self.mishap, None
        if mishap is Mishap.REFUSED:
            raise PharmacyRefused("The pharmacy does not take this order.")
        if mishap is Mishap.UNREACHABLE:
            raise PharmacyUnreachable("The pharmacy does not answer.")
        if mishap is not Mishap.NEVER_ARRIVED:
            self.sent.append(order)
            self.orders.setdefault(
                str(order.order_id),
                RemoteOrder(
                    reference=f"remote-{order.order_id}",
                    status=OrderStatus.SENT,
                    vendor_status="PLACED",
                ),
            )
        if mishap is not None:
            raise PharmacyOutcomeUnknown("No answer.")
        return self.orders[str(order.order_id)]

    def find(self, order_id: OrderId) -> RemoteOrder | None:
        self._answer()
        return self.orders.get(str(order_id))

    def status(self, reference: str) -> RemoteOrder | None:
        self._answer()
        key = reference.removeprefix("remote-")
        if OrderId(UUID(key)) in self.lost:
            raise PharmacyUnreachable("The pharmacy does not answer.")
        return self.orders.get(key)

    def resolve(self, subject: str) -> str | None:
        self._answer()
        return subject if subject.startswith("remote-") else None

    def cancel(self, reference: str, *, reason: PrescriptionCancelReason) -> CancelOutcome:
        self._answer()
        self.while_cancelling()
        key = reference.removeprefix("remote-")
        if key not in self.orders:
            return CancelOutcome.NOT_FOUND
        if self.cancel_outcome is not None:
            return self.cancel_outcome
        self.orders[key] = evolve(self.orders[key], status=OrderStatus.CANCELLED)
        return CancelOutcome.CANCELLED

    def reports(self, order_id: OrderId, status: OrderStatus | None, **details: Any) -> None:
        self.orders[str(order_id)] = evolve(
            self.orders[str(order_id)],
            status=status,
            vendor_status=status.value if status else "MYSTERY",
            **details,
        )

    def _answer(self) -> None:
        if self.silent:
            raise PharmacyUnreachable("The pharmacy does not answer.")


@define(eq=False)
class InMemoryPharmacyNetworks:
    only: InMemoryPharmacyNetwork = field(factory=InMemoryPharmacyNetwork)

    def gateway(self, network: Network) -> PharmacyGateway:
        return self.only
