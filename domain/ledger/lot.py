"""
A lot is one earning, from the consultation to the bank.

    pending ──> available

Whatever takes money from a wallet takes it from the oldest lots first and says so, so
that every cent of a payout can be traced to the consultation it was earned in.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self

from attrs import define, evolve, frozen

from domain.ledger.events import EarningMatured, EarningRecorded
from domain.ledger.journal import InsufficientFunds
from domain.shared.errors import InvariantError
from domain.shared.events import Aggregate
from domain.shared.ids import ConsultationId, LotId, PhysicianId, to_wire
from domain.shared.money import Money, total


class LotOverdrawn(InvariantError):
    """More was taken from an earning than is left of it."""


class LotStatus(StrEnum):
    """Whether it may be withdrawn."""

    PENDING = "pending"
    AVAILABLE = "available"


@frozen(kw_only=True)
class LotUse:
    """
    Part of an earning that was taken.

    Args:
        taken_by: The payout, hold, refund or debt recovery, as a wire identifier.
        returned_at: When it was given back, because the payout failed, say.
    """

    taken_by: str
    amount: Money
    taken_at: datetime
    returned_at: datetime | None = None


@define(eq=False, kw_only=True)
class Lot(Aggregate):
    """What a physician earned in one consultation."""

    id: LotId
    physician_id: PhysicianId
    consultation_id: ConsultationId
    amount: Money
    earned_at: datetime
    matures_at: datetime
    status: LotStatus = LotStatus.PENDING
    uses: tuple[LotUse, ...] = ()

    @classmethod
    def earn(
        cls,
        *,
        id: LotId,
        physician_id: PhysicianId,
        consultation_id: ConsultationId,
        amount: Money,
        earned_at: datetime,
        matures_at: datetime,
        now: datetime,
    ) -> Self:
        """Note a new earning; it clears at `matures_at`."""
        lot = cls(
            id=id,
            physician_id=physician_id,
            consultation_id=consultation_id,
            amount=amount,
            earned_at=earned_at,
            matures_at=matures_at,
        )
        lot.record(
            EarningRecorded(
                lot_id=id,
                physician_id=physician_id,
                consultation_id=consultation_id,
                amount=amount,
                occurred_at=now,
            )
        )
        return lot

    @property
    def remaining(self) -> Money:
        """What nobody has taken."""
        taken = (use.amount for use in self.uses if use.returned_at is None)
        return self.amount - total(tuple(taken), self.amount.currency)

    def mature(self, *, now: datetime) -> Money:
        """Let it be withdrawn from now on; tells how much. A second time it is nothing."""
        if self.status is LotStatus.AVAILABLE or now < self.matures_at:
            return Money.zero(self.amount.currency)
        self.status = LotStatus.AVAILABLE
        self.record(
            EarningMatured(
                lot_id=self.id,
                physician_id=self.physician_id,
                amount=self.remaining,
                occurred_at=now,
            )
        )
        return self.remaining

    def take(self, amount: Money, *, by: str, now: datetime) -> None:
        """
        Use up a part.

        Raises:
            LotOverdrawn: There is not that much left.
        """
        if amount.minor <= 0 or amount > self.remaining:
            raise LotOverdrawn(f"lot {self.id} has {self.remaining} left, not {amount}")
        self.uses = (*self.uses, LotUse(taken_by=by, amount=amount, taken_at=now))

    def give_back(self, *, by: str, now: datetime) -> None:
        """Undo what was taken for a purpose that came to nothing."""
        self.uses = tuple(
            evolve(use, returned_at=now) if use.taken_by == by and use.returned_at is None else use
            for use in self.uses
        )

    @property
    def recovery(self) -> str:
        """Under what name a debt is recovered from this earning."""
        return to_wire("lot", self.id)

    def return_recovery(self, amount: Money, *, now: datetime) -> Money:
        """Give back up to an amount of what went towards a debt; tells how much it was."""
        taken = [u for u in self.uses if u.taken_by == self.recovery and u.returned_at is None]
        recovered = total([use.amount for use in taken], self.amount.currency)
        returned = min(amount, recovered)
        if not returned:
            return returned
        self.give_back(by=self.recovery, now=now)
        if recovered > returned:
            self.take(recovered - returned, by=self.recovery, now=now)
        return returned


def take_oldest_first(
    lots: Sequence[Lot], amount: Money, *, by: str, now: datetime
) -> tuple[Lot, ...]:
    """
    Take an amount from available lots in the order given; tells which were touched.

    Raises:
        InsufficientFunds: Together they do not hold that much.
    """
    touched: list[Lot] = []
    wanted = amount
    for lot in lots:
        if not wanted:
            break
        part = min(wanted, lot.remaining)
        if part:
            lot.take(part, by=by, now=now)
            touched.append(lot)
            wanted -= part
    if wanted:
        raise InsufficientFunds("Your available balance is smaller than this amount.")
    return tuple(touched)
