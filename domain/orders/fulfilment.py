"""
The codes of fulfilment: where an order is, and what became of a call to cancel it.
"""

from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order is."""

    CREATED = "created"  # waits for a pharmacy, or to be sent
    SENDING = "sending"  # the intent is recorded; the call is under way
    UNKNOWN = "unknown"  # no answer came: it may exist. Locked until a look-up tells
    SENT = "sent"  # the network took it
    RECEIVED = "received"  # the pharmacy has it
    PREPARING = "preparing"
    READY = "ready"  # waits to be collected
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COLLECTED = "collected"
    CANCELLED = "cancelled"
    FAILED = "failed"  # the pharmacy refused it, or cannot supply it
    REROUTED = "rerouted"  # another order carries the prescription now


class CancelOutcome(StrEnum):
    """
    What a call to cancel led to, in the codes of the NHS Electronic Prescription Service.
    """

    CANCELLED = "cancelled"
    MARKED_WITH_DISPENSER = "marked_with_dispenser"  # asked for; the pharmacy has yet to act
    ALREADY_DISPENSED = "already_dispensed"
    BEING_PREPARED = "being_prepared"
    NOT_FOUND = "not_found"
    NOT_PERMITTED = "not_permitted"


class OrderFailure(StrEnum):
    """Why a pharmacy will not supply it."""

    REFUSED = "refused"  # the network or pharmacy does not accept the order
    OUT_OF_STOCK = "out_of_stock"
    NOT_ROUTABLE = "not_routable"  # no pharmacy can take it
    PHARMACY_ERROR = "pharmacy_error"


class AttentionReason(StrEnum):
    """Why a person has to look at an order."""

    UNKNOWN_VENDOR_STATUS = "unknown_vendor_status"
    CONTRADICTING_STATUS = "contradicting_status"  # e.g. dispensed after a cancellation
    STILL_UNKNOWN = "still_unknown"  # look-ups do not answer either
    CANCEL_REFUSED = "cancel_refused"
    NO_PHARMACY = "no_pharmacy"
    PRESCRIBER_MUST_SIGN = "prescriber_must_sign"  # in the network's own application
    MOVED_ELSEWHERE = "moved_elsewhere"  # to a pharmacy that is not in our directory
    DISPENSED_TWICE = "dispensed_twice"
