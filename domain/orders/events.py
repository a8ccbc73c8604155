"""
What happens to an order at a pharmacy.
"""

from attrs import frozen

from domain.orders.fulfilment import AttentionReason, CancelOutcome, OrderFailure, OrderStatus
from domain.shared.events import DomainEvent
from domain.shared.ids import ConsultationId, OrderId, PatientId, PharmacyId, PrescriptionId


@frozen(kw_only=True)
class OrderEvent(DomainEvent):
    """What every fact about an order names."""

    order_id: OrderId
    prescription_id: PrescriptionId
    consultation_id: ConsultationId
    patient_id: PatientId


@frozen(kw_only=True)
class OrderCreated(OrderEvent):
    """A signed prescription is to be supplied; without a pharmacy, one has to be chosen."""

    pharmacy_id: PharmacyId | None


@frozen(kw_only=True)
class PharmacyChosen(OrderEvent):
    """The patient, or the platform for them, said where."""

    pharmacy_id: PharmacyId


@frozen(kw_only=True)
class OrderMovedByNetwork(OrderEvent):
    """The network gave it to another pharmacy, where it starts anew."""

    pharmacy_id: PharmacyId


@frozen(kw_only=True)
class OrderSent(OrderEvent):
    """The pharmacy's network took it."""

    pharmacy_id: PharmacyId


@frozen(kw_only=True)
class OrderOutcomeUnknown(OrderEvent):
    """No answer came; it must be looked up before anything else is tried."""


@frozen(kw_only=True)
class OrderStatusChanged(OrderEvent):
    """It moved on at the pharmacy."""

    status: OrderStatus


@frozen(kw_only=True)
class OrderDelivered(OrderEvent):
    """The patient has it: delivered or collected."""

    status: OrderStatus


@frozen(kw_only=True)
class OrderCancelled(OrderEvent):
    """It will not be supplied."""

    outcome: CancelOutcome


@frozen(kw_only=True)
class OrderFailed(OrderEvent):
    """The pharmacy will not supply it; another may."""

    reason: OrderFailure


@frozen(kw_only=True)
class OrderRerouted(OrderEvent):
    """Another order carries the prescription now."""

    new_order_id: OrderId


@frozen(kw_only=True)
class OrderNeedsAttention(OrderEvent):
    """A person has to look at it."""

    reason: AttentionReason
