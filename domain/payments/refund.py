"""
A refund gives a patient money back.

    requested ──> pending ──> succeeded ──> failed      it came back after all
        └────────────┴──────────────────────> failed

It begins as a quote that says who bears what. Refunding takes the quote and posts
exactly that, or is refused because the facts changed in between.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from attrs import define, frozen

from domain.payments.commission import Split
from domain.payments.events import RefundFailed, RefundRequested, RefundSucceeded
from domain.shared.errors import Conflict, InvalidInput, InvariantError, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import ConsultationId, PaymentId, RefundId, RefundQuoteId
from domain.shared.money import Money, total

QUOTE_HOLDS = timedelta(minutes=30)


class RefundNotFound(NotFound):
    """No such refund, or none that this actor may know of."""


class QuoteNotFound(NotFound):
    """No such quote."""


class QuoteExpired(Conflict):
    """The quote is too old; ask for another one."""


class QuoteNoLongerTrue(Conflict):
    """Who would bear what has changed since; ask for another quote."""


class NothingToRefund(Conflict):
    """Nothing was taken, or all of it was given back."""


class MalformedRefund(InvalidInput):
    """An amount that cannot be refunded."""


class Bearer(StrEnum):
    """Who bears a refund after delivery."""

    SHARED = "shared"  # each gives back their part
    PLATFORM = "platform"  # the physician keeps what they earned


class RefundStatus(StrEnum):
    """How far the money has come."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@frozen(kw_only=True)
class Shares:
    """
    Who gives back what of a refund; the parts add up to it.

    Args:
        patient_funds: Money that nobody had earned yet.
        pending: From the physician's earnings inside the clearing period.
        available: From what the physician could have withdrawn.
        debt: What the physician owes from now on, because it was paid out.
        goodwill: What the platform bears for the physician.
    """

    patient_funds: Money
    commission: Money
    platform_fee: Money
    tax: Money
    pending: Money
    available: Money
    debt: Money
    goodwill: Money

    @property
    def amount(self) -> Money:
        """All of it."""
        parts = (
            self.patient_funds,
            self.commission,
            self.platform_fee,
            self.tax,
            self.pending,
            self.available,
            self.debt,
            self.goodwill,
        )
        return total(parts, self.patient_funds.currency)

    @property
    def of_the_physician(self) -> Money:
        """What stands for the physician's part, whoever bears it."""
        return self.pending + self.available + self.debt + self.goodwill


def nothing_shared(amount: Money) -> Shares:
    """A refund of money that nobody had earned yet."""
    zero = Money.zero(amount.currency)
    return Shares(
        patient_funds=amount,
        commission=zero,
        platform_fee=zero,
        tax=zero,
        pending=zero,
        available=zero,
        debt=zero,
        goodwill=zero,
    )


def share_after_delivery(
    amount: Money,
    *,
    delivered: Split,
    earlier: tuple[Shares, ...],
    bearer: Bearer,
    pending: Money,
    available: Money,
) -> Shares:
    """
    Say who gives back what of a delivered service.

    Each part shrinks in proportion to what earlier refunds left of it, so that several
    partial refunds never take more from anybody than they got.

    Args:
        pending: What is left of this earning inside the clearing period.
        available: What the physician could withdraw now.

    Raises:
        NothingToRefund: Less than the amount is left.
    """
    zero = Money.zero(amount.currency)
    left = [
        delivered.commission - total([s.commission for s in earlier], amount.currency),
        delivered.platform_fee - total([s.platform_fee for s in earlier], amount.currency),
        delivered.tax - total([s.tax for s in earlier], amount.currency),
        delivered.earning - total([s.of_the_physician for s in earlier], amount.currency),
    ]
    if amount > total(left, amount.currency):
        raise NothingToRefund("There is not that much left to refund.")
    commission, platform_fee, tax, physician = amount.allocate([part.minor for part in left])
    if bearer is Bearer.PLATFORM:
        from_pending, from_available, debt, goodwill = zero, zero, zero, physician
    else:
        from_pending = min(physician, pending)
        from_available = min(physician - from_pending, available)
        debt, goodwill = physician - from_pending - from_available, zero
    return Shares(
        patient_funds=zero,
        commission=commission,
        platform_fee=platform_fee,
        tax=tax,
        pending=from_pending,
        available=from_available,
        debt=debt,
        goodwill=goodwill,
    )


@define(eq=False, kw_only=True)
class RefundQuote(Aggregate):
    """Who would bear what, as things stood when it was asked."""

    id: RefundQuoteId
    payment_id: PaymentId
    bearer: Bearer
    shares: Shares
    quoted_at: datetime

    @property
    def amount(self) -> Money:
        """What the patient would get back."""
        return self.shares.amount

    @property
    def expires_at(self) -> datetime:
        """Until when it can be taken."""
        return self.quoted_at + QUOTE_HOLDS

    def check(self, shares_now: Shares, *, now: datetime) -> None:
        """
        Refuse to act on what is no longer so.

        Raises:
            QuoteExpired: It is too old.
            QuoteNoLongerTrue: Somebody would bear something else now.
        """
        if now >= self.expires_at:
            raise QuoteExpired("This quote has expired. Ask for another one.")
        if shares_now != self.shares:
            raise QuoteNoLongerTrue("Things changed since this quote. Ask for another one.")


class RefundFinding(StrEnum):
    """What the processor reports of a refund, in our words."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNRECOGNISED = "unrecognised"


@define(eq=False, kw_only=True)
class Refund(Aggregate):
    """
    An amount on its way back to a patient. The books show it from the moment of the request.

    Args:
        quote_id: None if it was made at the processor and we learnt of it later.
    """

    id: RefundId
    payment_id: PaymentId
    consultation_id: ConsultationId
    shares: Shares
    requested_at: datetime
    quote_id: RefundQuoteId | None = None
    status: RefundStatus = RefundStatus.REQUESTED
    reference: str | None = None
    succeeded_at: datetime | None = None
    checked_at: datetime | None = None

    @classmethod
    def request(
        cls,
        *,
        id: RefundId,
        payment_id: PaymentId,
        consultation_id: ConsultationId,
        shares: Shares,
        quote_id: RefundQuoteId | None,
        now: datetime,
    ) -> Self:
        """Set an amount aside to be given back."""
        refund = cls(
            id=id,
            payment_id=payment_id,
            consultation_id=consultation_id,
            shares=shares,
            quote_id=quote_id,
            requested_at=now,
        )
        refund.record(
            RefundRequested(
                refund_id=id,
                payment_id=payment_id,
                consultation_id=consultation_id,
                amount=shares.amount,
                occurred_at=now,
            )
        )
        return refund

    @property
    def amount(self) -> Money:
        """What the patient gets."""
        return self.shares.amount

    def link(self, reference: str) -> None:
        """
        Note what the processor calls it.

        Raises:
            InvariantError: It is called something else already.
        """
        if self.reference not in (None, reference):
            raise InvariantError(f"refund {self.id} has another reference already")
        self.reference = reference

    def observe(self, finding: RefundFinding, *, now: datetime) -> RefundStatus | None:
        """
        Follow what the processor says; what no refund of ours can be changes nothing.

        Returns:
            The status that it has just reached, None if nothing changed.
        """
        self.checked_at = now
        if finding is RefundFinding.UNRECOGNISED:
            return None
        reached = RefundStatus(finding.value)
        if reached is self.status or reached not in _REFUND_NEXT[self.status]:
            return None
        self.status = reached
        if reached is RefundStatus.SUCCEEDED:
            self.succeeded_at = now
        self._report(reached, now)
        return reached

    def _report(self, reached: RefundStatus, now: datetime) -> None:
        if reached is RefundStatus.PENDING:
            return
        kind = RefundSucceeded if reached is RefundStatus.SUCCEEDED else RefundFailed
        self.record(
            kind(
                refund_id=self.id,
                payment_id=self.payment_id,
                consultation_id=self.consultation_id,
                amount=self.amount,
                occurred_at=now,
            )
        )


_REFUND_NEXT = {
    RefundStatus.REQUESTED: {RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.FAILED},
    RefundStatus.PENDING: {RefundStatus.SUCCEEDED, RefundStatus.FAILED},
    RefundStatus.SUCCEEDED: {RefundStatus.FAILED},
    RefundStatus.FAILED: set[RefundStatus](),
}
