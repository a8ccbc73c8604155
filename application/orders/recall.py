"""
Calling orders and prescriptions back. The outcome is a code, never just done or not done.
"""

from attrs import frozen

from application.orders.creation import new_order, require_its_patient_or_staff, require_serves
from application.orders.ports import OrdersUnitOfWork, PharmacyNetworks
from application.orders.sending import SendOrder
from application.orders.tracking import RefreshOrder
from application.shared.access import SYSTEM, Actor, Role, require_person, require_system
from application.shared.ports import Clock, Ids
from domain.orders.fulfilment import CancelOutcome, OrderStatus
from domain.orders.order import CALLED_OFF, SUPPLIED, Order, OrderMoved, OrderNotFound
from domain.orders.pharmacy import Network
from domain.prescriptions.events import PrescriptionCancelReason
from domain.prescriptions.prescription import Prescription, PrescriptionNotFound
from domain.shared.ids import OrderId, PharmacyId, PrescriptionId, to_wire

GONE = frozenset({CancelOutcome.CANCELLED, CancelOutcome.NOT_FOUND})


@frozen
class CancelOrder:
    """
    Call an order back from its pharmacy.
    """

    _uow: OrdersUnitOfWork
    _networks: PharmacyNetworks
    _send: SendOrder
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        order_id: OrderId,
        reason: PrescriptionCancelReason = PrescriptionCancelReason.PATIENT_REQUEST,
    ) -> CancelOutcome:
        """
        Cancel it and say what came of that. Cancelling again gives the same outcome.

        Raises:
            PharmacyUnreachable: No answer; ask again.
            OrderBeingSent: It is being sent at this moment; ask again.
        """
        wanted = self._request(actor, order_id)
        if isinstance(wanted, CancelOutcome):
            return wanted
        network, reference = wanted
        outcome = self._networks.gateway(network).cancel(reference, reason=reason)
        return self._record(order_id, outcome)

    def _request(self, actor: Actor, order_id: OrderId) -> CancelOutcome | tuple[Network, str]:
        now = self._clock.now()
        with self._uow as uow:
            order = uow.orders.get(order_id)
            _require_may_cancel(uow, actor, order)
            settled = _settled_outcome(order)
            if settled is not None:
                return settled
            order.request_cancel(now=now)
            if order.status is OrderStatus.CREATED:
                order.cancel(outcome=CancelOutcome.CANCELLED, now=now)
            uow.orders.save(order)
            uow.audit.record(
                actor=actor,
                action="order.cancel_requested",
                subject=to_wire("order", order_id),
                patient_id=order.patient_id,
            )
            uow.commit()
            if order.status is OrderStatus.CANCELLED:
                return CancelOutcome.CANCELLED
            if order.reference is not None and order.pharmacy_id is not None:
                return uow.pharmacies.get(order.pharmacy_id).network, order.reference
        return self._after_look_up(order_id)

    def _after_look_up(self, order_id: OrderId) -> CancelOutcome | tuple[Network, str]:
        # Its sending was cut off: the look-up tells whether there is anything to call
        # back. What was never sent is cancelled there, since that was requested.
        self._send.settle(order_id=order_id)
        with self._uow as uow:
            order = uow.orders.get(order_id)
            if order.status is OrderStatus.CANCELLED or order.pharmacy_id is None:
                return CancelOutcome.CANCELLED
            if order.reference is None:
                raise OrderMoved("This order has no reference yet.")
            return uow.pharmacies.get(order.pharmacy_id).network, order.reference

    def _record(self, order_id: OrderId, outcome: CancelOutcome) -> CancelOutcome:
        with self._uow as uow:
            order = uow.orders.get(order_id)
            order.cancel(outcome=outcome, now=self._clock.now())
            uow.orders.save(order)
            uow.commit()
        # The news that it was handed out may have come while the pharmacy was called.
        return CancelOutcome.ALREADY_DISPENSED if order.status in SUPPLIED else outcome


@frozen
class CancelOrdersOf:
    """
    Call back every order of a prescription that was cancelled.
    """

    _uow: OrdersUnitOfWork
    _cancel: CancelOrder

    def __call__(
        self,
        *,
        actor: Actor,
        prescription_id: PrescriptionId,
        reason: PrescriptionCancelReason = PrescriptionCancelReason.PATIENT_REQUEST,
    ) -> None:
        """
        Cancel them; those that were are left as they are.

        Raises:
            PharmacyUnreachable, OrderBeingSent: Ask again.
        """
        require_system(actor)
        with self._uow as uow:
            orders = [order.id for order in uow.orders.of_prescription(prescription_id)]
        for order_id in orders:
            self._cancel(actor=actor, order_id=order_id, reason=reason)


@frozen
class CancelPrescription:
    """
    Withdraw a prescription: its orders are called back first, and their outcome decides.
    """

    _uow: OrdersUnitOfWork
    _cancel: CancelOrder
    _clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        prescription_id: PrescriptionId,
        reason: PrescriptionCancelReason,
    ) -> CancelOutcome:
        """
        Cancel it if it can still be, and say what came of that.

        Raises:
            PrescriptionNotFound: Not the prescriber's.
            NotSigned: It is a draft.
            PharmacyUnreachable, OrderBeingSent: Ask again.
        """
        require_person(actor)
        with self._uow as uow:
            prescription = uow.prescriptions.read(prescription_id)
            _require_prescriber(uow, actor, prescription)
            orders = [order.id for order in uow.orders.of_prescription(prescription_id)]
        outcomes = [
            self._cancel(actor=actor, order_id=order_id, reason=reason) for order_id in orders
        ]
        held_back = [outcome for outcome in outcomes if outcome not in GONE]
        if any(outcome is not CancelOutcome.MARKED_WITH_DISPENSER for outcome in held_back):
            return held_back[-1]
        with self._uow as uow:
            prescription = uow.prescriptions.get(prescription_id)
            prescription.cancel(reason=reason, now=self._clock.now())
            uow.prescriptions.save(prescription)
            uow.audit.record(
                actor=actor,
                action="prescription.cancelled",
                subject=to_wire("prescription", prescription_id),
                patient_id=prescription.patient_id,
                reason=reason.value,
            )
            uow.commit()
        return held_back[-1] if held_back else CancelOutcome.CANCELLED


@frozen
class RerouteOrder:
    """
    "I could not get it": call an order back and have another pharmacy supply it.
    """

    _uow: OrdersUnitOfWork
    _cancel: CancelOrder
    _refresh: RefreshOrder
    _clock: Clock
    _ids: Ids

    def __call__(self, *, actor: Actor, order_id: OrderId, pharmacy_id: PharmacyId) -> OrderId:
        """
        Move it; moving it again gives the order that carries it now.

        Raises:
            OrderMoved: The pharmacy has supplied it, or does not give it back.
            PharmacyUnfit: The other one does not supply patients there.
            PharmacyUnreachable: Nobody says whether it was handed out; ask again.
        """
        with self._uow as uow:
            order = uow.orders.get(order_id)
            require_its_patient_or_staff(actor, order)
            require_serves(uow, pharmacy_id, uow.consultations.read(order.consultation_id).place)
        if order.rerouted_to is not None:
            return order.rerouted_to
        if order.status is not OrderStatus.FAILED:
            outcome = self._cancel(
                actor=actor, order_id=order_id, reason=PrescriptionCancelReason.NOT_AVAILABLE
            )
            if outcome not in GONE:
                raise OrderMoved(f"The pharmacy does not give it back: {outcome}.")
        # Networks give back what was handed out too, and not all of their news arrives.
        self._refresh(actor=SYSTEM, order_id=order_id)
        return self._replace(actor, order_id, pharmacy_id)

    def _replace(self, actor: Actor, order_id: OrderId, pharmacy_id: PharmacyId) -> OrderId:
        now = self._clock.now()
        with self._uow as uow:
            order = uow.orders.get(order_id)
            if order.rerouted_to is not None:
                return order.rerouted_to
            successor = new_order(
                uow.prescriptions.get(order.prescription_id),
                order_id=OrderId(self._ids.new()),
                pharmacy_id=pharmacy_id,
                clock=self._clock,
            )
            order.reroute(successor.id, now=now)
            uow.orders.save(order)
            uow.orders.add(successor)
            uow.pharmacies.prefer(order.patient_id, pharmacy_id)
            uow.audit.record(
                actor=actor,
                action="order.rerouted",
                subject=to_wire("order", order_id),
                patient_id=order.patient_id,
                details={"pharmacy": to_wire("pharmacy", pharmacy_id)},
            )
            uow.commit()
        return successor.id


def _settled_outcome(order: Order) -> CancelOutcome | None:
    if order.status in SUPPLIED:
        return CancelOutcome.ALREADY_DISPENSED
    if order.status in CALLED_OFF:
        return order.cancel_outcome or CancelOutcome.CANCELLED
    return None


def _require_may_cancel(uow: OrdersUnitOfWork, actor: Actor, order: Order) -> None:
    if actor.is_system or actor.patient_id == order.patient_id:
        return
    if actor.roles & {Role.OPERATIONS, Role.ADMINISTRATOR}:
        return
    prescription = uow.prescriptions.read(order.prescription_id)
    if actor.physician_id is None or prescription.prescriber_id != actor.physician_id:
        raise OrderNotFound("There is no such order.")


def _require_prescriber(uow: OrdersUnitOfWork, actor: Actor, prescription: Prescription) -> None:
    consultation = uow.consultations.read(prescription.consultation_id)
    own = actor.physician_id is not None and actor.physician_id == prescription.prescriber_id
    if not own and not consultation.is_treated_by(actor.physician_id):
        raise PrescriptionNotFound("There is no such prescription.")
