"""
Following orders at the pharmacy: by its messages, and by asking.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import frozen

from application.orders.ports import OrdersUnitOfWork, PharmacyNetworks, RemoteOrder
from application.orders.sending import SendOrder
from application.shared.access import Actor, Role, require_role, require_system
from application.shared.ports import Clock
from domain.orders.fulfilment import AttentionReason, OrderStatus
from domain.orders.order import Order, OrderNotFound
from domain.orders.pharmacy import Network
from domain.shared.errors import DomainError
from domain.shared.ids import OrderId, PrescriptionId, to_wire

SILENCE = timedelta(minutes=15)
RECHECKED_AFTER = (timedelta(days=1), timedelta(days=7))
RECHECKED_WITHIN = timedelta(hours=2)
_BATCH = 100
_UNSENT = frozenset({OrderStatus.CREATED, OrderStatus.SENDING, OrderStatus.UNKNOWN})


@frozen
class RefreshOrder:
    """
    Ask the pharmacy where an order is. What it says is believed, in whatever order it comes.
    """

    _uow: OrdersUnitOfWork
    _networks: PharmacyNetworks
    _clock: Clock

    def __call__(self, *, actor: Actor, order_id: OrderId) -> None:
        """
        Refresh it. One that was never sent is left as it is.

        Raises:
            PharmacyUnreachable: Try later.
        """
        require_system(actor)
        asked = self._where(order_id)
        if asked is None:
            return
        network, reference, prescription_id = asked
        remote = self._networks.gateway(network).status(reference)
        self._take_in(order_id, prescription_id, remote)

    def _where(self, order_id: OrderId) -> tuple[Network, str, PrescriptionId] | None:
        with self._uow as uow:
            order = uow.orders.get(order_id)
            if order.reference is None or order.pharmacy_id is None:
                return None
            network = uow.pharmacies.get(order.pharmacy_id).network
            return network, order.reference, order.prescription_id

    def _take_in(
        self, order_id: OrderId, prescription_id: PrescriptionId, remote: RemoteOrder | None
    ) -> None:
        now = self._clock.now()
        with self._uow as uow:
            # All of them, in their order: two that are refreshed at once do not wait in a circle.
            attempts = uow.orders.of_prescription(prescription_id)
            order = next(one for one in attempts if one.id == order_id)
            if remote is None:
                if not order.has_ended:
                    order.needs_attention(AttentionReason.CONTRADICTING_STATUS, now=now)
            else:
                _check_pharmacy(uow, order, remote, self._clock)
                order.report(
                    remote.status,
                    vendor_status=remote.vendor_status,
                    fills=remote.fills,
                    now=now,
                )
                order.count_fills(
                    elsewhere=sum(one.handed_out for one in attempts if one.id != order_id),
                    allowed=_allowed_fills(uow, order),
                    now=now,
                )
            if not order.has_ended:
                order.heard_of(now=now)
            uow.orders.save(order)
            uow.commit()


@frozen
class RefreshOrderByReference:
    """
    Refresh the order that a network's message is about.
    """

    _uow: OrdersUnitOfWork
    _networks: PharmacyNetworks
    _refresh: RefreshOrder

    def __call__(self, *, actor: Actor, network: Network, reference: str) -> None:
        """
        Refresh it. What is about no order, such as another client's, is left alone.

        Args:
            reference: What the message is about, in the network's words.

        Raises:
            OrderNotFound: None is known yet: the message may have overtaken our own commit.
            PharmacyUnreachable: Try later.
        """
        require_system(actor)
        subject = self._networks.gateway(network).resolve(reference)
        if subject is None:
            return
        with self._uow as uow:
            order_id = uow.orders.find_by_reference(subject)
        if order_id is None:
            raise OrderNotFound("No order has this reference yet.")
        self._refresh(actor=actor, order_id=order_id)


@frozen
class SweepOrders:
    """
    Look after orders that nobody has heard of: send, look up or refresh them.
    """

    _uow: OrdersUnitOfWork
    _send: SendOrder
    _refresh: RefreshOrder
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """Give how many were looked after; one that fails stops no other."""
        require_system(actor)
        with self._uow as uow:
            silent = uow.orders.unsettled(before=self._clock.now() - SILENCE, limit=_BATCH)
        return sum(self._look_after(actor, order_id) for order_id in silent)

    def _look_after(self, actor: Actor, order_id: OrderId) -> bool:
        try:
            with self._uow as uow:
                unsent = uow.orders.get(order_id).status in _UNSENT
            if unsent:
                self._send(actor=actor, order_id=order_id)
            else:
                self._refresh(actor=actor, order_id=order_id)
        except DomainError:
            # It stays silent and is found again by the next sweep.
            return False
        return True


@frozen
class RecheckOrders:
    """
    Ask once more about orders that ended: a day and a week later, for news that never came.
    """

    _uow: OrdersUnitOfWork
    _refresh: RefreshOrder
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """
        Give how many were asked about.

        Raises:
            PharmacyUnreachable: A network does not answer; each is asked about twice in a row.
            DomainError: The first refusal, after all the others had their turn.
        """
        require_system(actor)
        now = self._clock.now()
        count = 0
        refusals: list[DomainError] = []
        for age in RECHECKED_AFTER:
            for order_id in self._ended_before(now - age):
                count += 1
                try:
                    self._refresh(actor=actor, order_id=order_id)
                except DomainError as refusal:
                    # Its network may be silent, the next one's is not, and the window moves on.
                    refusals.append(refusal)
        if refusals:
            raise refusals[0]
        return count

    def _ended_before(self, until: datetime) -> Iterator[OrderId]:
        after: OrderId | None = None
        while True:
            with self._uow as uow:
                page = uow.orders.ended_between(
                    until - RECHECKED_WITHIN, until, after=after, limit=_BATCH
                )
            yield from page
            if len(page) < _BATCH:
                return
            after = page[-1]


@frozen
class SettleAttention:
    """
    A person has dealt with what an order needed.
    """

    _uow: OrdersUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, order_id: OrderId, attention: AttentionReason, reason: str
    ) -> None:
        """
        Take it off the list. One that is off already is left as it is.

        Args:
            attention: What they saw and dealt with.

        Raises:
            AccessDenied: Not operations.
            OrderWarningChanged: Something else came up meanwhile.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        with self._uow as uow:
            order = uow.orders.get(order_id)
            if order.attention is None:
                return
            order.looked_at(attention, now=self._clock.now())
            uow.orders.save(order)
            uow.audit.record(
                actor=actor,
                action="order.attention_settled",
                subject=to_wire("order", order_id),
                patient_id=order.patient_id,
                reason=reason,
                details={"attention": attention.value},
            )
            uow.commit()


def _check_pharmacy(uow: OrdersUnitOfWork, order: Order, remote: RemoteOrder, clock: Clock) -> None:
    if remote.pharmacy is None or order.pharmacy_id is None:
        return
    network = uow.pharmacies.get(order.pharmacy_id).network
    found = uow.pharmacies.find_by_network(network, remote.pharmacy)
    order.moved(found.id if found else None, now=clock.now())


def _allowed_fills(uow: OrdersUnitOfWork, order: Order) -> int:
    prescription = uow.prescriptions.read(order.prescription_id)
    return 1 + max(item.repeats for item in prescription.items)
