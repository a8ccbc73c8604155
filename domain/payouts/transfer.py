"""
One attempt to send a payout, and what the vendor says of the transfer that came of it.
"""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from domain.payouts.failure import PayoutFailure
from domain.shared.ids import PayoutAttemptId
from domain.shared.money import Money


class AttemptStatus(StrEnum):
    """What became of one attempt to send."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@frozen(kw_only=True)
class PayoutAttempt:
    """One instruction to the vendor. Its identifier is the vendor's request identifier."""

    id: PayoutAttemptId
    started_at: datetime
    status: AttemptStatus = AttemptStatus.OPEN
    failure: PayoutFailure | None = None


class TransferFinding(StrEnum):
    """What the vendor reports of a transfer, in our words."""

    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    UNFUNDED = "unfunded"  # accepted, and waits for our money
    STUCK = "stuck"  # it exists, and a person has to act or the status is new to us


@frozen(kw_only=True)
class TransferReport:
    """
    The vendor's present view of a transfer.

    Args:
        fee: What the vendor charges on top.
        vendor_status: The vendor's own word, shown to those who ask where the money is.
    """

    reference: str
    attempt_id: str
    finding: TransferFinding
    amount: Money
    fee: Money
    vendor_status: str
    failure: PayoutFailure = PayoutFailure.UNRECOGNISED
    expected_at: datetime | None = None
