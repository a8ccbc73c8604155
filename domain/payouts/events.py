"""
What happens to a physician's money on its way to their bank.
"""

from attrs import frozen

from domain.payouts.failure import PayoutFailure
from domain.shared.events import DomainEvent
from domain.shared.ids import (
    PayoutAccountId,
    PayoutAttemptId,
    PayoutId,
    PayoutScheduleId,
    PhysicianId,
    UserId,
)
from domain.shared.money import Money


@frozen(kw_only=True)
class PayoutAccountOpened(DomainEvent):
    """The vendor knows the physician and may begin its checks."""

    payout_account_id: PayoutAccountId
    physician_id: PhysicianId


@frozen(kw_only=True)
class PayoutAccountActivated(DomainEvent):
    """The vendor's checks passed; money may be paid to the physician."""

    payout_account_id: PayoutAccountId
    physician_id: PhysicianId


@frozen(kw_only=True)
class PayoutAccountActionRequired(DomainEvent):
    """The vendor wants something of the physician."""

    payout_account_id: PayoutAccountId
    physician_id: PhysicianId


@frozen(kw_only=True)
class PayoutAccountRestricted(DomainEvent):
    """The vendor suspended the account; nothing is paid until it is lifted."""

    payout_account_id: PayoutAccountId
    physician_id: PhysicianId


@frozen(kw_only=True)
class BankLinkLost(DomainEvent):
    """Bank details did not reach the vendor, and nobody else has them."""

    payout_account_id: PayoutAccountId
    physician_id: PhysicianId


@frozen(kw_only=True)
class BankDetailsLinked(DomainEvent):
    """A bank account was named for payouts, for the first time or instead of another."""

    payout_account_id: PayoutAccountId
    physician_id: PhysicianId
    replaced: bool


@frozen(kw_only=True)
class PayoutScheduleChosen(DomainEvent):
    """A physician decided when their money goes to their bank by itself."""

    payout_schedule_id: PayoutScheduleId
    physician_id: PhysicianId
    cadence: str


@frozen(kw_only=True)
class PayoutSkipped(DomainEvent):
    """A schedule came round and no payout could be made."""

    payout_schedule_id: PayoutScheduleId
    physician_id: PhysicianId
    period: str
    reason: str


@frozen(kw_only=True)
class PayoutRequested(DomainEvent):
    """Part of a wallet was set aside to be paid."""

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money


@frozen(kw_only=True)
class PayoutSigned(DomainEvent):
    """One person of finance agreed that it goes on; perhaps another one has to."""

    payout_id: PayoutId
    physician_id: PhysicianId
    user_id: UserId


@frozen(kw_only=True)
class PayoutApproved(DomainEvent):
    """Two people agreed to a large one; it may be sent."""

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money


@frozen(kw_only=True)
class PayoutDeclined(DomainEvent):
    """Finance said no to a large one; the money is back in the wallet."""

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money


@frozen(kw_only=True)
class PayoutSubmitted(DomainEvent):
    """The vendor accepted the instruction."""

    payout_id: PayoutId
    physician_id: PhysicianId
    attempt_id: PayoutAttemptId
    amount: Money


@frozen(kw_only=True)
class PayoutPaid(DomainEvent):
    """The vendor reports that the bank was credited."""

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money


@frozen(kw_only=True)
class PayoutFailed(DomainEvent):
    """It was not paid; the money is back in the wallet."""

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money
    reason: PayoutFailure


@frozen(kw_only=True)
class PayoutReturned(DomainEvent):
    """The bank sent the money back after it was reported as paid; it is in the wallet again."""

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money


@frozen(kw_only=True)
class PayoutCancelled(DomainEvent):
    """It was withdrawn before it was sent; the money is back in the wallet."""

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money


@frozen(kw_only=True)
class PayoutWaitsForFunding(DomainEvent):
    """Our own balance does not cover it; it goes on by itself when money has come."""

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money


@frozen(kw_only=True)
class PayoutNeedsReview(DomainEvent):
    """Nothing more happens by itself; a person of ours has to decide."""

    payout_id: PayoutId
    physician_id: PhysicianId
    finding: str
