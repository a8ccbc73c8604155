"""
A hold sets part of a wallet aside.

    placed ──> captured      the money left the wallet
       └─────> released      it is available again
"""

from datetime import datetime
from enum import StrEnum

from attrs import define

from domain.shared.errors import Conflict
from domain.shared.events import Aggregate
from domain.shared.ids import HoldId, PhysicianId
from domain.shared.money import Money


class HoldEnded(Conflict):
    """The money was released or has left already."""


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
    """An amount of one wallet that its owner cannot withdraw."""

    id: HoldId
    physician_id: PhysicianId
    amount: Money
    reason: HoldReason
    cause: str
    placed_at: datetime
    status: HoldStatus = HoldStatus.PLACED
    ended_at: datetime | None = None

    def capture(self, *, now: datetime) -> None:
        """The money leaves the wallet."""
        self._end(HoldStatus.CAPTURED, now)

    def release(self, *, now: datetime) -> None:
        """The money may be withdrawn again."""
        self._end(HoldStatus.RELEASED, now)

    def _end(self, status: HoldStatus, now: datetime) -> None:
        if self.status is not HoldStatus.PLACED:
            raise HoldEnded("This hold has ended already.")
        self.status = status
        self.ended_at = now
