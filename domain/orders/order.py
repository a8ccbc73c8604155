"""
An order carries a signed prescription to one pharmacy.

    created ──> sending ──> sent ──> received ──> preparing ──> ready ────> collected
       ^          │  │        ^                           └───> shipped ──> delivered
       │          │  └──> unknown
       └──────────┴─────────┘     a look-up tells whether it was sent or not

Until it is supplied it may also become cancelled, failed or rerouted. Pharmacies report in
any order: an order only ever moves forward, and what contradicts it goes to a person.
"""

from datetime import datetime, timedelta
from typing import Self

from attrs import define

from domain.orders.events import (
    OrderCancelled,
    OrderCreated,
    OrderDelivered,
    OrderEvent,
    OrderFailed,
    OrderMovedByNetwork,
    OrderNeedsAttention,
    OrderOutcomeUnknown,
    OrderRerouted,
    OrderSent,
    OrderStatusChanged,
    PharmacyChosen,
)
from domain.orders.fulfilment import AttentionReason, CancelOutcome, OrderFailure, OrderStatus
from domain.orders.pharmacy import PharmacyNotFound
from domain.shared.errors import Conflict, NotFound, Unavailable
from domain.shared.events import Aggregate
from domain.shared.ids import ConsultationId, OrderId, PatientId, PharmacyId, PrescriptionId

# A call that has taken this long was cut off: the sender died in the middle of it.
SENDING_PATIENCE = timedelta(minutes=2)
# Look-ups that do not answer for so long are a matter for a person.
UNKNOWN_PATIENCE = timedelta(minutes=30)


class OrderNotFound(NotFound):
    """No such order, or none that this actor may know of."""


class OrderMoved(Conflict):
    """It is not at the stage at which this could be done."""


class OrderWarningChanged(Conflict):
    """Somebody dealt with what stood there before, not with what stands there now."""


class OrderBeingSent(Unavailable):
    """The call to the pharmacy is still under way."""


class CopyStillDispensable(Unavailable):
    """An earlier copy of this prescription has not been called back yet."""


_S = OrderStatus
_RANK = {
    _S.SENT: 1,
    _S.RECEIVED: 2,
    _S.PREPARING: 3,
    _S.READY: 4,
    _S.SHIPPED: 4,
    _S.DELIVERED: 5,
    _S.COLLECTED: 5,
}
SUPPLIED = frozenset({_S.DELIVERED, _S.COLLECTED})
AT_PHARMACY = frozenset(_RANK) - SUPPLIED
DISPENSABLE = AT_PHARMACY | {_S.SENDING, _S.UNKNOWN}
_REPORTED = frozenset(
    {
        AttentionReason.UNKNOWN_VENDOR_STATUS,
        AttentionReason.CONTRADICTING_STATUS,
        AttentionReason.MOVED_ELSEWHERE,
        AttentionReason.DISPENSED_TWICE,
    }
)
CALLED_OFF = frozenset({_S.CANCELLED, _S.FAILED, _S.REROUTED})
ENDED = SUPPLIED | CALLED_OFF
# Either says that a medicine may be out there that nobody counts on.
_DOUBTS = frozenset({AttentionReason.CONTRADICTING_STATUS, AttentionReason.DISPENSED_TWICE})
_URGENCY = {AttentionReason.CONTRADICTING_STATUS: 1, AttentionReason.DISPENSED_TWICE: 2}


@define(eq=False, kw_only=True)
class Order(Aggregate):
    """
    One attempt to have a prescription supplied. `id` is what the pharmacy's network knows too.

    Args:
        lineage_id: Shared by a prescription and those that replace it: of the orders
            in one lineage only one may be dispensable at a time.
        reference: The network's identifier of it.
        attention: Why a person has to look at it, until they have.
        settled: What a person has looked at: the same report again is nothing new.
        fills: How often it was handed out, as far as the network tells.
    """

    id: OrderId
    prescription_id: PrescriptionId
    lineage_id: PrescriptionId
    consultation_id: ConsultationId
    patient_id: PatientId
    pharmacy_id: PharmacyId | None
    created_at: datetime
    updated_at: datetime
    status: OrderStatus = OrderStatus.CREATED
    reference: str | None = None
    vendor_status: str | None = None
    attempts: int = 0
    sending_at: datetime | None = None
    sent_at: datetime | None = None
    supplied_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    cancel_outcome: CancelOutcome | None = None
    failure: OrderFailure | None = None
    attention: AttentionReason | None = None
    settled: frozenset[AttentionReason] = frozenset()
    fills: int = 0
    rerouted_to: OrderId | None = None

    @classmethod
    def create(
        cls,
        *,
        order_id: OrderId,
        prescription_id: PrescriptionId,
        lineage_id: PrescriptionId,
        consultation_id: ConsultationId,
        patient_id: PatientId,
        pharmacy_id: PharmacyId | None,
        now: datetime,
    ) -> Self:
        """Plan the supply; without a pharmacy it waits for one to be chosen."""
        order = cls(
            id=order_id,
            prescription_id=prescription_id,
            lineage_id=lineage_id,
            consultation_id=consultation_id,
            patient_id=patient_id,
            pharmacy_id=pharmacy_id,
            created_at=now,
            updated_at=now,
        )
        order._say(OrderCreated, now, pharmacy_id=pharmacy_id)
        if pharmacy_id is None:
            order.needs_attention(AttentionReason.NO_PHARMACY, now=now)
        return order

    @property
    def has_ended(self) -> bool:
        """Whether nothing is expected of it any more."""
        return self.status in ENDED

    @property
    def is_dispensable(self) -> bool:
        """Whether a pharmacy has it, or may have it, and could supply it."""
        return self.status in DISPENSABLE

    @property
    def handed_out(self) -> int:
        """How often the patient got it, at the least."""
        return max(self.fills, int(self.status in SUPPLIED))

    @property
    def is_in_doubt(self) -> bool:
        """Whether it was called back and handed out all the same, and nobody looked into it yet."""
        return bool(self.fills) and self.status not in SUPPLIED and not self.settled & _DOUBTS

    def choose(self, pharmacy_id: PharmacyId, *, now: datetime) -> None:
        """
        Say where it is to be supplied, before it is sent. The same choice changes nothing.

        Raises:
            OrderMoved: It is under way; it has to be rerouted instead.
        """
        if self.pharmacy_id == pharmacy_id:
            return
        self._require(OrderStatus.CREATED)
        self.pharmacy_id = pharmacy_id
        self.updated_at = now
        self.attention = None
        self._say(PharmacyChosen, now, pharmacy_id=pharmacy_id)

    def begin_sending(self, *, now: datetime) -> None:
        """
        Record the intent, before the pharmacy is called.

        Raises:
            OrderMoved: It was sent, or its outcome is unknown.
            PharmacyNotFound: No pharmacy was chosen.
        """
        self._require(OrderStatus.CREATED)
        if self.pharmacy_id is None:
            raise PharmacyNotFound("Choose a pharmacy first.")
        self.status = OrderStatus.SENDING
        self.sending_at = self.updated_at = now
        self.attempts += 1

    def accepted(self, *, reference: str, now: datetime) -> None:
        """The network has it: it answered so, or a look-up found it."""
        if self.reference == reference and self.status in _RANK:
            return
        self._require(OrderStatus.SENDING, OrderStatus.UNKNOWN)
        self.status = OrderStatus.SENT
        self.reference = reference
        self.sent_at = self.updated_at = now
        self.attention = None
        self._say(OrderSent, now, pharmacy_id=self._pharmacy())

    def outcome_unknown(self, *, now: datetime) -> None:
        """No answer came. Nothing may be sent again until a look-up has answered."""
        if self.status is OrderStatus.UNKNOWN:
            return
        self._require(OrderStatus.SENDING)
        self.status = OrderStatus.UNKNOWN
        self.updated_at = now
        self._say(OrderOutcomeUnknown, now)

    def not_sent(self, *, now: datetime) -> None:
        """The network does not have it: it may be sent again."""
        self._require(OrderStatus.SENDING, OrderStatus.UNKNOWN)
        self.status = OrderStatus.CREATED
        self.updated_at = now
        self.attention = None

    def fail(self, *, reason: OrderFailure, now: datetime) -> None:
        """The pharmacy will not supply it. Failing again changes nothing."""
        if self.status is OrderStatus.FAILED:
            return
        if self.has_ended:
            self.needs_attention(AttentionReason.CONTRADICTING_STATUS, now=now)
            return
        self.status = OrderStatus.FAILED
        self.failure = reason
        self.updated_at = now
        self._say(OrderFailed, now, reason=reason)

    def check_unknown(self, *, now: datetime) -> None:
        """Hand it to a person when look-ups have not answered for long."""
        since = self.sending_at or self.created_at
        if self.status is OrderStatus.UNKNOWN and now - since >= UNKNOWN_PATIENCE:
            self.needs_attention(AttentionReason.STILL_UNKNOWN, now=now)

    def was_cut_off(self, now: datetime) -> bool:
        """Whether it has been sending for longer than any call takes."""
        since = self.sending_at or self.created_at
        return self.status is OrderStatus.SENDING and now - since >= SENDING_PATIENCE

    def report(
        self, status: OrderStatus | None, *, vendor_status: str, fills: int = 0, now: datetime
    ) -> None:
        """
        Take in what the pharmacy says. Late and repeated reports change nothing.

        Args:
            status: None when the vendor's word has no meaning that we know.
            fills: How often it was handed out. What was cannot be called off any more.
        """
        if vendor_status != self.vendor_status or fills > self.fills:
            self.settled -= _REPORTED - {AttentionReason.MOVED_ELSEWHERE}
        self.vendor_status = vendor_status
        self.fills = max(self.fills, fills)
        if self.fills and status in {OrderStatus.CANCELLED, OrderStatus.FAILED}:
            self._advance(OrderStatus.COLLECTED, now)
        if self.fills and self.status in CALLED_OFF:
            self.needs_attention(AttentionReason.CONTRADICTING_STATUS, now=now)
        if status is None:
            self.needs_attention(AttentionReason.UNKNOWN_VENDOR_STATUS, now=now)
        elif status is OrderStatus.CANCELLED:
            self._reported_cancelled(now)
        elif status is OrderStatus.FAILED:
            self.fail(reason=OrderFailure.PHARMACY_ERROR, now=now)
        elif status in _RANK:
            self._advance(status, now)
        else:
            self.needs_attention(AttentionReason.UNKNOWN_VENDOR_STATUS, now=now)

    def moved(self, pharmacy_id: PharmacyId | None, *, now: datetime) -> None:
        """
        Take in which pharmacy the network gave it to: another one starts anew.

        Where one was that has ended is of no use to anybody.

        Args:
            pharmacy_id: None when it is not in our directory: a person looks at it.
        """
        if self.has_ended:
            return
        if pharmacy_id is None:
            self.needs_attention(AttentionReason.MOVED_ELSEWHERE, now=now)
            return
        self.settled -= {AttentionReason.MOVED_ELSEWHERE}
        if self.attention is AttentionReason.MOVED_ELSEWHERE:
            self.attention = None
        if pharmacy_id == self.pharmacy_id:
            return
        self.pharmacy_id = pharmacy_id
        self.updated_at = now
        if self.status in AT_PHARMACY:
            self.status = OrderStatus.SENT
        self._say(OrderMovedByNetwork, now, pharmacy_id=pharmacy_id)

    def count_fills(self, *, elsewhere: int, allowed: int, now: datetime) -> None:
        """
        Hand it to a person when the prescription was dispensed more often than it says.

        Args:
            elsewhere: How often other orders of it were handed out.
        """
        if self.handed_out and self.handed_out + elsewhere > allowed:
            self.needs_attention(AttentionReason.DISPENSED_TWICE, now=now)

    def request_cancel(self, *, now: datetime) -> None:
        """Record the wish, before the pharmacy is called."""
        if self.cancel_requested_at is None:
            self.cancel_requested_at = self.updated_at = now

    def cancel(self, *, outcome: CancelOutcome, now: datetime) -> None:
        """Take in what the call to cancel led to. What was handed out stays handed out."""
        if self.status in {OrderStatus.CANCELLED, OrderStatus.REROUTED}:
            return
        self.cancel_outcome = outcome
        self.updated_at = now
        gone = outcome in {CancelOutcome.CANCELLED, CancelOutcome.NOT_FOUND}
        if gone and self.handed_out:
            self.cancel_outcome = CancelOutcome.ALREADY_DISPENSED
            self._advance(OrderStatus.COLLECTED, now)
            self.needs_attention(AttentionReason.CONTRADICTING_STATUS, now=now)
        elif gone:
            self.status = OrderStatus.CANCELLED
            self.attention = None
            self._say(OrderCancelled, now, outcome=outcome)
        elif outcome is not CancelOutcome.MARKED_WITH_DISPENSER:
            self.needs_attention(AttentionReason.CANCEL_REFUSED, now=now)

    def reroute(self, new_order_id: OrderId, *, now: datetime) -> None:
        """
        Let another order carry the prescription.

        Raises:
            OrderMoved: A pharmacy could still supply this one, or has.
        """
        if self.status is OrderStatus.REROUTED:
            return
        if self.is_in_doubt:
            raise OrderMoved("The pharmacy may have handed it out: we are asking.")
        self._require(OrderStatus.CREATED, OrderStatus.CANCELLED, OrderStatus.FAILED)
        self.status = OrderStatus.REROUTED
        self.rerouted_to = new_order_id
        self.updated_at = now
        self._say(OrderRerouted, now, new_order_id=new_order_id)

    def needs_attention(self, reason: AttentionReason, *, now: datetime) -> None:
        """Hand it to a person, once for each reason; of what is reported, the worst first."""
        if self.attention is reason or reason in self.settled:
            return
        reported = reason in _REPORTED and self.attention in _REPORTED
        if reported and _urgency(reason) <= _urgency(self.attention):
            return
        self.attention = reason
        self.updated_at = now
        self._say(OrderNeedsAttention, now, reason=reason)

    def heard_of(self, *, now: datetime) -> None:
        """The pharmacy was asked, and answered."""
        self.updated_at = now

    def looked_at(self, seen: AttentionReason, *, now: datetime) -> None:
        """
        A person has dealt with what they saw. Without any warning nothing changes.

        Raises:
            OrderWarningChanged: There is another one now.
        """
        if self.attention is None:
            return
        if self.attention is not seen:
            raise OrderWarningChanged("Something else came up meanwhile. Look at it again.")
        if self.attention in _REPORTED:
            self.settled |= {self.attention}
        self.attention = None
        self.updated_at = now

    def _advance(self, status: OrderStatus, now: datetime) -> None:
        if self.status in CALLED_OFF:
            if status in SUPPLIED or _RANK[status] > _RANK[OrderStatus.SENT]:
                self.needs_attention(AttentionReason.CONTRADICTING_STATUS, now=now)
            return
        if _RANK[status] <= _RANK.get(self.status, 0):
            return
        self.status = status
        self.updated_at = now
        self._say(OrderStatusChanged, now, status=status)
        if status in SUPPLIED:
            self.supplied_at = now
            self._say(OrderDelivered, now, status=status)
            if self.cancel_requested_at is not None:
                self.needs_attention(AttentionReason.CONTRADICTING_STATUS, now=now)

    def _reported_cancelled(self, now: datetime) -> None:
        if self.status in SUPPLIED:
            self.needs_attention(AttentionReason.CONTRADICTING_STATUS, now=now)
        elif not self.has_ended:
            self.cancel(outcome=CancelOutcome.CANCELLED, now=now)

    def _pharmacy(self) -> PharmacyId:
        if self.pharmacy_id is None:
            raise PharmacyNotFound("Choose a pharmacy first.")
        return self.pharmacy_id

    def _say(self, event: type[OrderEvent], now: datetime, **facts: object) -> None:
        self.record(
            event(
                order_id=self.id,
                prescription_id=self.prescription_id,
                consultation_id=self.consultation_id,
                patient_id=self.patient_id,
                occurred_at=now,
                **facts,
            )
        )

    def _require(self, *statuses: OrderStatus) -> None:
        if self.status not in statuses:
            raise OrderMoved(f"An order that is {self.status} cannot do this.")


def _urgency(reason: AttentionReason | None) -> int:
    return _URGENCY.get(reason, 0) if reason else 0
