"""
From a signed prescription to an order at a pharmacy of the patient's choice.
"""

from attrs import frozen

from application.orders.ports import OrdersUnitOfWork
from application.shared.access import Actor, Role, require_system
from application.shared.ports import Clock, Ids
from domain.orders.order import Order, OrderNotFound
from domain.orders.pharmacy import PharmacyUnfit
from domain.orders.routing import nearest_pharmacy
from domain.prescriptions.prescription import Prescription, PrescriptionStatus
from domain.shared.ids import OrderId, PharmacyId, PrescriptionId, to_wire
from domain.shared.jurisdiction import Jurisdiction


@frozen
class CreateOrder:
    """
    Plan the supply of a signed prescription, at the pharmacy that the patient prefers.
    """

    _uow: OrdersUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(self, *, actor: Actor, prescription_id: PrescriptionId) -> OrderId | None:
        """Create it once; None when the prescription is not in force."""
        require_system(actor)
        with self._uow as uow:
            prescription = uow.prescriptions.get(prescription_id)
            existing = uow.orders.of_prescription(prescription_id)
            if existing:
                return existing[0].id
            if prescription.status is not PrescriptionStatus.SIGNED:
                return None
            place = uow.consultations.read(prescription.consultation_id).place
            order = new_order(
                prescription,
                order_id=OrderId(self._ids.new()),
                pharmacy_id=_choice(uow, prescription, place),
                clock=self._clock,
            )
            uow.orders.add(order)
            uow.commit()
        return order.id


@frozen
class ChoosePharmacy:
    """
    Say where an order that was not sent yet is to be supplied.
    """

    _uow: OrdersUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, order_id: OrderId, pharmacy_id: PharmacyId) -> None:
        """
        Choose; the choice is remembered for the next time.

        Raises:
            OrderMoved: It is under way: reroute it instead.
            PharmacyUnfit: It does not supply patients there.
        """
        with self._uow as uow:
            order = uow.orders.get(order_id)
            require_its_patient_or_staff(actor, order)
            place = uow.consultations.read(order.consultation_id).place
            require_serves(uow, pharmacy_id, place)
            order.choose(pharmacy_id, now=self._clock.now())
            uow.orders.save(order)
            uow.pharmacies.prefer(order.patient_id, pharmacy_id)
            uow.audit.record(
                actor=actor,
                action="order.pharmacy_chosen",
                subject=to_wire("order", order_id),
                patient_id=order.patient_id,
                details={"pharmacy": to_wire("pharmacy", pharmacy_id)},
            )
            uow.commit()


def new_order(
    prescription: Prescription,
    *,
    order_id: OrderId,
    pharmacy_id: PharmacyId | None,
    clock: Clock,
) -> Order:
    """An order for a prescription."""
    return Order.create(
        order_id=order_id,
        prescription_id=prescription.id,
        lineage_id=prescription.lineage_id,
        consultation_id=prescription.consultation_id,
        patient_id=prescription.patient_id,
        pharmacy_id=pharmacy_id,
        now=clock.now(),
    )


def require_its_patient_or_staff(actor: Actor, order: Order) -> None:
    """
    Let the patient and operations pass.

    Raises:
        OrderNotFound: Somebody else, who may not know of it.
    """
    staff = actor.is_system or bool(actor.roles & {Role.OPERATIONS, Role.ADMINISTRATOR})
    if not staff and actor.patient_id != order.patient_id:
        raise OrderNotFound("There is no such order.")


def require_serves(uow: OrdersUnitOfWork, pharmacy_id: PharmacyId, place: Jurisdiction) -> None:
    """
    Insist on a pharmacy that supplies patients in a place.

    Raises:
        PharmacyUnfit: It does not.
    """
    if not uow.pharmacies.get(pharmacy_id).serves(place):
        raise PharmacyUnfit("This pharmacy does not supply patients there.", field="pharmacy_id")


def _choice(
    uow: OrdersUnitOfWork, prescription: Prescription, place: Jurisdiction
) -> PharmacyId | None:
    preferred = uow.pharmacies.preferred_by(prescription.patient_id)
    if preferred is not None and uow.pharmacies.get(preferred).serves(place):
        return preferred
    found = nearest_pharmacy(uow.pharmacies.in_country(place.country), place=place)
    return found.id if found else None
