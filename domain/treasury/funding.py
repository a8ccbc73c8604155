"""
Money is asked for before the balance at the payout vendor runs out; what was sent is kept.

    open ──> funded        as much was sent as was asked for
      │  ^      │
      │  └──────┘          a bank took it back
      └────> withdrawn     the balance covers what is due without it
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Self

from attrs import define

from domain.shared.errors import Conflict, InvalidInput, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import FloatFundingId, FundingRequestId
from domain.shared.money import Money
from domain.treasury.events import (
    FloatFunded,
    FloatFundingReversed,
    FundingReopened,
    FundingRequested,
)


class FloatFundingNotFound(NotFound):
    """Nothing was sent to the payout vendor under this reference."""


class MalformedFunding(InvalidInput):
    """Not an amount that can be sent."""


class FundingAlreadyReversed(Conflict):
    """It was taken back before; what is sent anew has a reference of its own."""


class FundingRequestStatus(StrEnum):
    """Whether anybody has to act on it."""

    OPEN = "open"
    FUNDED = "funded"
    WITHDRAWN = "withdrawn"  # no longer needed


_S = FundingRequestStatus


@define(eq=False, kw_only=True)
class FundingRequest(Aggregate):
    """
    An amount to be sent to the payout vendor. There is one open request for each currency.

    Args:
        received: What was sent in answer, and not taken back.
        due_on: The day on which the balance no longer covers what is due.
    """

    id: FundingRequestId
    amount: Money
    received: Money
    due_on: date
    opened_at: datetime
    status: FundingRequestStatus = FundingRequestStatus.OPEN
    closed_at: datetime | None = None

    @classmethod
    def open(cls, *, id: FundingRequestId, amount: Money, due_on: date, now: datetime) -> Self:
        """Ask for money."""
        request = cls(
            id=id,
            amount=amount,
            received=Money.zero(amount.currency),
            due_on=due_on,
            opened_at=now,
        )
        request.record(
            FundingRequested(funding_request_id=id, amount=amount, due_on=due_on, occurred_at=now)
        )
        return request

    @property
    def is_open(self) -> bool:
        """Whether money is still to be sent."""
        return self.status is _S.OPEN

    @property
    def missing(self) -> Money:
        """What is still to be sent."""
        left = self.amount - self.received
        return left if self.is_open and left.minor > 0 else Money.zero(self.amount.currency)

    def follow(self, *, missing: Money, due_on: date, now: datetime) -> None:
        """
        Ask for what is missing now; one that nothing is missing for is closed.

        Asking for more is announced again, asking for less is not.
        """
        if not self.is_open:
            return
        if not missing:
            self._close(_S.FUNDED if self.received else _S.WITHDRAWN, now)
            return
        grows = missing > self.missing
        self.amount = self.received + missing
        self.due_on = due_on
        if grows:
            self.record(
                FundingRequested(
                    funding_request_id=self.id, amount=missing, due_on=due_on, occurred_at=now
                )
            )

    def receive(self, amount: Money, *, now: datetime) -> None:
        """Money was sent in answer; enough of it closes the request."""
        self.received += amount
        if self.is_open and self.received >= self.amount:
            self._close(_S.FUNDED, now)

    def take_back(self, amount: Money, *, now: datetime) -> None:
        """What had been sent in answer came back: it has to be sent again."""
        self.received -= amount
        if self.received >= self.amount:
            return
        self.status = _S.OPEN
        self.closed_at = None
        self.record(
            FundingReopened(funding_request_id=self.id, amount=self.missing, occurred_at=now)
        )

    def add(self, amount: Money, *, now: datetime) -> None:
        """Ask for more, because money that another request had brought was taken back."""
        self.amount += amount
        self.record(
            FundingReopened(funding_request_id=self.id, amount=self.missing, occurred_at=now)
        )

    def _close(self, status: FundingRequestStatus, now: datetime) -> None:
        self.status = status
        self.closed_at = now


@define(eq=False, kw_only=True)
class FloatFunding(Aggregate):
    """
    Money that was sent from our bank to the payout vendor.

    Args:
        reference: The bank's; the vendor repeats it.
        funding_request_id: What it answered.
    """

    id: FloatFundingId
    reference: str
    amount: Money
    occurred_at: datetime
    funding_request_id: FundingRequestId | None = None
    reversed_at: datetime | None = None

    @classmethod
    def book(
        cls,
        *,
        id: FloatFundingId,
        reference: str,
        amount: Money,
        occurred_at: datetime,
        request: FundingRequest | None,
        now: datetime,
    ) -> Self:
        """
        Note what was sent.

        Raises:
            MalformedFunding: It is nothing.
        """
        if amount.minor <= 0:
            raise MalformedFunding("Name an amount above zero.", field="amount")
        funding = cls(
            id=id,
            reference=reference,
            amount=amount,
            occurred_at=occurred_at,
            funding_request_id=None if request is None else request.id,
        )
        funding.record(FloatFunded(float_funding_id=id, amount=amount, occurred_at=now))
        return funding

    def reverse(self, *, now: datetime) -> None:
        """
        It was taken back.

        Raises:
            FundingAlreadyReversed: It was before.
        """
        if self.reversed_at is not None:
            raise FundingAlreadyReversed("This was taken back before.")
        self.reversed_at = now
        self.record(
            FloatFundingReversed(float_funding_id=self.id, amount=self.amount, occurred_at=now)
        )
