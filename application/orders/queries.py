"""
Looking at orders and pharmacies.
"""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.orders.creation import require_its_patient_or_staff
from application.orders.ports import OrdersUnitOfWork
from application.shared.access import AccessDenied, Actor, Role, require_role
from application.shared.pages import Page
from domain.orders.fulfilment import AttentionReason, CancelOutcome, OrderFailure, OrderStatus
from domain.orders.order import OrderNotFound
from domain.orders.pharmacy import Network
from domain.shared.ids import (
    ConsultationId,
    OrderId,
    PatientId,
    PharmacyId,
    PrescriptionId,
    to_wire,
)
from domain.shared.jurisdiction import Jurisdiction

MOST_AT_ONCE = 100


@frozen(kw_only=True)
class PharmacyView:
    """A pharmacy to choose."""

    pharmacy_id: PharmacyId
    name: str
    address: str
    phone: str
    place: str
    delivers: bool
    network: Network


@frozen(kw_only=True)
class OrderView:
    """Where an order is. What it holds is said by its prescription."""

    order_id: OrderId
    prescription_id: PrescriptionId
    consultation_id: ConsultationId
    patient_id: PatientId
    status: OrderStatus
    pharmacy: PharmacyView | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    supplied_at: datetime | None
    cancel_requested_at: datetime | None
    cancel_outcome: CancelOutcome | None
    failure: OrderFailure | None
    attention: AttentionReason | None
    vendor_status: str | None
    rerouted_to: OrderId | None
    fills: int


class OrderQueries(Protocol):
    """Orders straight from the database. Checks no access itself."""

    def of_patient(
        self, patient_id: PatientId, *, limit: int, cursor: str | None
    ) -> Page[OrderView]:
        """A patient's orders, latest first."""
        ...

    def of_prescription(self, prescription_id: PrescriptionId) -> tuple[OrderView, ...]:
        """The orders of a prescription, oldest first."""
        ...

    def one(self, order_id: OrderId) -> OrderView | None:
        """One of them."""
        ...

    def needing_attention(self, *, limit: int, cursor: str | None) -> Page[OrderView]:
        """Those that a person has to look at, longest waiting first."""
        ...


@frozen
class ListMyOrders:
    """
    A patient's orders, latest first.
    """

    _queries: OrderQueries

    def __call__(
        self, *, actor: Actor, limit: int = 20, cursor: str | None = None
    ) -> Page[OrderView]:
        """
        List them.

        Raises:
            AccessDenied: Not a patient.
        """
        if actor.patient_id is None:
            raise AccessDenied("There are no orders of yours.")
        return self._queries.of_patient(
            actor.patient_id, limit=min(limit, MOST_AT_ONCE), cursor=cursor
        )


@frozen
class TrackOrder:
    """
    Where an order is: for its patient, the prescriber and operations.
    """

    _queries: OrderQueries
    _uow: OrdersUnitOfWork

    def __call__(self, *, actor: Actor, order_id: OrderId) -> OrderView:
        """
        Show it.

        Raises:
            OrderNotFound: None that this actor may know of.
        """
        view = self._queries.one(order_id)
        if view is None:
            raise OrderNotFound("There is no such order.")
        with self._uow as uow:
            prescription = uow.prescriptions.read(view.prescription_id)
            prescriber = prescription.prescriber_id == actor.physician_id
            if not prescriber:
                require_its_patient_or_staff(actor, uow.orders.get(order_id))
            uow.audit.record(
                actor=actor,
                action="order.read",
                subject=to_wire("order", order_id),
                patient_id=view.patient_id,
            )
            uow.commit()
        return view


@frozen
class ListOrdersOfPrescription:
    """
    The attempts to supply a prescription: for its patient, the prescriber and operations.
    """

    _queries: OrderQueries
    _uow: OrdersUnitOfWork

    def __call__(self, *, actor: Actor, prescription_id: PrescriptionId) -> tuple[OrderView, ...]:
        """
        List them, oldest first.

        Raises:
            OrderNotFound: Somebody else's.
        """
        with self._uow as uow:
            prescription = uow.prescriptions.read(prescription_id)
        own = actor.patient_id == prescription.patient_id or (
            actor.physician_id == prescription.prescriber_id
        )
        if not own and not actor.roles & {Role.OPERATIONS, Role.ADMINISTRATOR}:
            raise OrderNotFound("There is no such prescription.")
        return self._queries.of_prescription(prescription_id)


@frozen
class ListOrdersNeedingAttention:
    """
    For staff: orders that a person has to look at.
    """

    _queries: OrderQueries

    def __call__(
        self, *, actor: Actor, limit: int = 50, cursor: str | None = None
    ) -> Page[OrderView]:
        """
        List them, longest waiting first.

        Raises:
            AccessDenied: Not operations.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        return self._queries.needing_attention(limit=min(limit, MOST_AT_ONCE), cursor=cursor)


@frozen
class ListPharmacies:
    """
    Pharmacies that supply patients in a place: those in it first.
    """

    _uow: OrdersUnitOfWork

    def __call__(self, *, actor: Actor, place: Jurisdiction) -> tuple[PharmacyView, ...]:
        """List them."""
        require_role(actor, *Role)
        with self._uow as uow:
            known = uow.pharmacies.in_country(place.country)
        serving = [pharmacy for pharmacy in known if pharmacy.serves(place)]
        serving.sort(key=lambda one: (one.place.code != place.code, one.preference, one.name))
        return tuple(
            PharmacyView(
                pharmacy_id=pharmacy.id,
                name=pharmacy.name,
                address=pharmacy.address,
                phone=pharmacy.phone,
                place=pharmacy.place.code,
                delivers=pharmacy.delivers,
                network=pharmacy.network,
            )
            for pharmacy in serving
        )
