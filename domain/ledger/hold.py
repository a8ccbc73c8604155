"""
A hold sets part of a wallet aside.

    placed ──> captured      the money left the wallet
       └─────> released      it is available again

One for review has a last day: then it ends by itself, whatever was found or not.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from attrs import define

from domain.ledger.events import HoldPlaced, HoldReleased
from domain.shared.errors import Conflict, InvalidInput
from domain.shared.events import Aggregate
from domain.shared.ids import HoldId, PhysicianId
from domain.shared.money import Money


class HoldEnded(Conflict):
    """The money was released or has left already."""


class UnfitReviewDate(InvalidInput):
    """A review ends in the future, and not in a far one."""


LONGEST_REVIEW = timedelta(days=90)


class HoldCategory(StrEnum):
    """What kind of thing is looked into, as the physician may know it."""

    UNUSUAL_ACTIVITY = "unusual_activity"
    PATIENT_COMPLAINT = "patient_complaint"
    EXPECTED_DISPUTE = "expected_dispute"
    IDENTITY_QUESTION = "identity_question"
    LEGAL_ORDER = "legal_order"


class HoldReason(StrEnum):
    """Why money is set aside."""

    PAYOUT = "payout"  # it is about to be paid
    REVIEW = "review"  # a person of ours looks into it


class HoldStatus(StrEnum):
    """Whether it still binds money."""

    PLACED = "placed"
    CAPTURED = "captured"
    RELEASED = "released"


@define(eq=False, kw_only=True)
class Hold(Aggregate):
    """
    An amount of one wallet that its owner cannot withdraw.

    Args:
        category: Of a review: why, as the physician may know it.
        review_until: Of a review: when it is released at the latest.
    """

    id: HoldId
    physician_id: PhysicianId
    amount: Money
    reason: HoldReason
    cause: str
    placed_at: datetime
    status: HoldStatus = HoldStatus.PLACED
    ended_at: datetime | None = None
    category: HoldCategory | None = None
    review_until: datetime | None = None

    @classmethod
    def for_review(
        cls,
        *,
        id: HoldId,
        physician_id: PhysicianId,
        amount: Money,
        category: HoldCategory,
        review_until: datetime,
        cause: str,
        now: datetime,
    ) -> Self:
        """
        Set an amount aside while somebody looks into something.

        Raises:
            UnfitReviewDate: It is over already, or far away.
        """
        if not now < review_until <= now + LONGEST_REVIEW:
            raise UnfitReviewDate(
                f"A review ends within {LONGEST_REVIEW.days} days.", field="review_until"
            )
        hold = cls(
            id=id,
            physician_id=physician_id,
            amount=amount,
            reason=HoldReason.REVIEW,
            cause=cause,
            placed_at=now,
            category=category,
            review_until=review_until,
        )
        hold.record(
            HoldPlaced(hold_id=id, physician_id=physician_id, amount=amount, occurred_at=now)
        )
        return hold

    def is_over(self, now: datetime) -> bool:
        """Whether its review has lasted long enough."""
        placed = self.status is HoldStatus.PLACED
        return placed and self.review_until is not None and self.review_until <= now

    def capture(self, *, now: datetime) -> None:
        """The money leaves the wallet."""
        self._end(HoldStatus.CAPTURED, now)

    def release(self, *, now: datetime) -> None:
        """The money may be withdrawn again."""
        self._end(HoldStatus.RELEASED, now)
        if self.reason is HoldReason.REVIEW:
            self.record(
                HoldReleased(
                    hold_id=self.id,
                    physician_id=self.physician_id,
                    amount=self.amount,
                    occurred_at=now,
                )
            )

    def _end(self, status: HoldStatus, now: datetime) -> None:
        if self.status is not HoldStatus.PLACED:
            raise HoldEnded("This hold has ended already.")
        self.status = status
        self.ended_at = now
