"""
Sending an order so that there are never two copies that can be dispensed.

The intent is recorded and committed, the pharmacy is called outside of any transaction,
the outcome is recorded. Whatever happens in between, an order that may exist at the
pharmacy is looked up by our own identifier before it is sent again.
"""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from application.orders.content import pharmacy_order
from application.orders.ports import (
    OrdersUnitOfWork,
    PharmacyGateway,
    PharmacyNetworks,
    PharmacyOrder,
    PharmacyOutcomeUnknown,
    PharmacyRefused,
    PharmacyUnreachable,
    PrescriberMustSign,
    RemoteOrder,
)
from application.shared.access import Actor, require_system
from application.shared.ports import Clock
from domain.orders.fulfilment import AttentionReason, CancelOutcome, OrderStatus
from domain.orders.order import CopyStillDispensable, Order, OrderBeingSent
from domain.orders.pharmacy import Pharmacy
from domain.patients.erasure import RecordErased
from domain.prescriptions.prescription import PrescriptionStatus
from domain.shared.ids import OrderId


@frozen
class SendOrder:
    """
    Bring an order to its pharmacy.
    """

    _uow: OrdersUnitOfWork
    _networks: PharmacyNetworks
    _clock: Clock

    def __call__(self, *, actor: Actor, order_id: OrderId) -> None:
        """
        Send it, or find out what became of an earlier attempt. Once it is sent, nothing is done.

        Raises:
            CopyStillDispensable: An earlier copy has to be called back first; try later.
            OrderBeingSent: Another attempt is under way; try later.
            PharmacyUnreachable, PharmacyOutcomeUnknown: Try later.
        """
        require_system(actor)
        self.settle(order_id=order_id)
        begun = self._begin(order_id)
        if begun is None:
            return
        pharmacy, content = begun
        gateway = self._networks.gateway(pharmacy.network)
        try:
            remote = gateway.send(content)
        except PharmacyRefused as refusal:
            self._fail(order_id, refusal)
        except PrescriberMustSign:
            self._not_sent(order_id, attention=AttentionReason.PRESCRIBER_MUST_SIGN)
            raise
        except PharmacyUnreachable:
            self._not_sent(order_id)
            raise
        except PharmacyOutcomeUnknown:
            self._unknown(order_id)
            raise
        else:
            self._accepted(order_id, remote)

    def settle(self, *, order_id: OrderId) -> None:
        """
        Find out what became of an earlier attempt that did not end; otherwise do nothing.

        Raises:
            OrderBeingSent: It is still under way.
            PharmacyUnreachable: The look-up has no answer either.
        """
        now = self._clock.now()
        with self._uow as uow:
            order = uow.orders.get(order_id)
            if order.status is OrderStatus.SENDING:
                if not order.was_cut_off(now):
                    raise OrderBeingSent("This order is being sent at this moment.")
                order.outcome_unknown(now=now)
                uow.orders.save(order)
                uow.commit()
            if order.status is not OrderStatus.UNKNOWN or order.pharmacy_id is None:
                return
            network = uow.pharmacies.get(order.pharmacy_id).network
        self._look_up(order_id, self._networks.gateway(network))

    def _look_up(self, order_id: OrderId, gateway: PharmacyGateway) -> None:
        try:
            remote = gateway.find(order_id)
        except PharmacyUnreachable:
            with self._uow as uow:
                order = uow.orders.get(order_id)
                order.check_unknown(now=self._clock.now())
                uow.orders.save(order)
                uow.commit()
            raise
        if remote is None:
            self._not_sent(order_id)
        else:
            self._accepted(order_id, remote)

    def _begin(self, order_id: OrderId) -> tuple[Pharmacy, PharmacyOrder] | None:
        now = self._clock.now()
        with self._uow as uow:
            lineage_id = uow.orders.get(order_id).lineage_id
        with self._uow as uow:
            # All of them, in their order: a refresh of one and this do not wait in a circle.
            lineage = uow.orders.of_lineage(lineage_id)
            order = next(one for one in lineage if one.id == order_id)
            if order.status is not OrderStatus.CREATED or order.pharmacy_id is None:
                return None
            pharmacy = uow.pharmacies.get(order.pharmacy_id)
            others = [one for one in lineage if one.id != order_id]
            content = _content(uow, order, others, pharmacy, now)
            if content is None:
                order.cancel(outcome=CancelOutcome.CANCELLED, now=now)
            else:
                order.begin_sending(now=now)
            uow.orders.save(order)
            uow.commit()
        return None if content is None else (pharmacy, content)

    def _accepted(self, order_id: OrderId, remote: RemoteOrder) -> None:
        now = self._clock.now()
        with self._uow as uow:
            order = uow.orders.get(order_id)
            order.accepted(reference=remote.reference, now=now)
            order.report(
                remote.status,
                vendor_status=remote.vendor_status,
                fills=remote.fills,
                now=now,
            )
            uow.orders.save(order)
            uow.commit()

    def _fail(self, order_id: OrderId, refusal: PharmacyRefused) -> None:
        with self._uow as uow:
            order = uow.orders.get(order_id)
            order.fail(reason=refusal.reason, now=self._clock.now())
            uow.orders.save(order)
            uow.commit()

    def _not_sent(self, order_id: OrderId, *, attention: AttentionReason | None = None) -> None:
        now = self._clock.now()
        with self._uow as uow:
            order = uow.orders.get(order_id)
            if order.status in {OrderStatus.SENDING, OrderStatus.UNKNOWN}:
                order.not_sent(now=now)
                if order.cancel_requested_at is not None:
                    order.cancel(outcome=CancelOutcome.CANCELLED, now=now)
                elif attention is not None:
                    order.needs_attention(attention, now=now)
                uow.orders.save(order)
                uow.commit()

    def _unknown(self, order_id: OrderId) -> None:
        with self._uow as uow:
            order = uow.orders.get(order_id)
            order.outcome_unknown(now=self._clock.now())
            uow.orders.save(order)
            uow.commit()


def _content(
    uow: OrdersUnitOfWork,
    order: Order,
    others: Sequence[Order],
    pharmacy: Pharmacy,
    now: datetime,
) -> PharmacyOrder | None:
    """What is sent; None when the order was called off, or its patient's record was erased."""
    try:
        prescription = uow.prescriptions.get(order.prescription_id)
        withdrawn = prescription.status is not PrescriptionStatus.SIGNED
        if withdrawn or order.cancel_requested_at is not None:
            return None
        _require_only_copy(others)
        return pharmacy_order(uow, order, prescription, pharmacy, now)
    except RecordErased:
        return None


def _require_only_copy(others: Sequence[Order]) -> None:
    for other in others:
        if other.is_dispensable:
            raise CopyStillDispensable("An earlier copy can still be dispensed.")
        if other.is_in_doubt:
            raise CopyStillDispensable("An earlier copy may have been dispensed; we are asking.")
