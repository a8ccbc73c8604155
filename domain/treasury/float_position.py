"""
How far our balance at the payout vendor reaches.

The vendor's own word counts for what is there, and our books for what is due: what is set
aside for payouts, what waits at the vendor for money, what physicians may withdraw at any
time, and what clears soon.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from attrs import field, frozen

from domain.shared.errors import InvariantError
from domain.shared.money import Currency, Money, total


class DueKind(StrEnum):
    """Why money will be needed."""

    PAYOUTS_TO_SEND = "payouts_to_send"  # requested or scheduled, and set aside
    PAYOUTS_UNFUNDED = "payouts_unfunded"  # at the vendor, which waits for our money
    WITHDRAWABLE = "withdrawable"  # in wallets, and may be asked for at any time
    MATURING = "maturing"  # becomes withdrawable on the day


@frozen(kw_only=True)
class Due:
    """An amount that may be needed from a day on."""

    kind: DueKind
    amount: Money
    on: date


@frozen(kw_only=True)
class VendorBalance:
    """
    What the vendor says is ours, in one currency.

    Args:
        available: May be paid out.
        reserved: Set aside for transfers that were accepted.
        pending: On its way in.
    """

    available: Money
    reserved: Money
    pending: Money

    @classmethod
    def nothing(cls, currency: Currency) -> "VendorBalance":
        """No balance in this currency."""
        zero = Money.zero(currency)
        return cls(available=zero, reserved=zero, pending=zero)


@frozen(kw_only=True)
class FundingPolicy:
    """
    When money is asked for.

    Args:
        ahead: The balance has to cover what is due within this time.
        cushion_percent: What is asked for beyond that.
        step_major: Amounts are rounded up to whole steps, in major units.
    """

    ahead: timedelta = field(default=timedelta(days=7))
    cushion_percent: int = 10
    step_major: int = 100

    @ahead.validator
    def _check(self, _: object, ahead: timedelta) -> None:
        if ahead < timedelta(days=1):
            raise InvariantError("the balance is looked after at least a day ahead")


@frozen(kw_only=True)
class FloatPosition:
    """
    One currency of our balance at the payout vendor.

    Args:
        theirs: What the vendor says.
        ours: What our books say may be paid out: the float less what is in transit.
        on_the_way: Sent from our bank lately, by our books.
        dues: What will be needed.
        today: The day it was looked at.
    """

    theirs: VendorBalance
    ours: Money
    on_the_way: Money
    dues: Sequence[Due]
    today: date

    @property
    def currency(self) -> Currency:
        """Which one."""
        return self.ours.currency

    @property
    def difference(self) -> Money:
        """What the vendor has more than our books say."""
        return self.theirs.available - self.ours

    @property
    def covered(self) -> Money:
        """
        What can be counted on: what is there, and what was sent and has not arrived yet.
        """
        not_arrived = Money(max(0, -self.difference.minor), self.currency)
        return self.theirs.available + min(self.on_the_way, not_arrived)

    def needed(self, *, until: date) -> Money:
        """Everything that is due up to and including a day."""
        return total([due.amount for due in self.dues if due.on <= until], self.currency)

    def short_from(self, *, until: date) -> date | None:
        """The first day on which the balance does not cover what is due; None if it does."""
        days = sorted({max(due.on, self.today) for due in self.dues if due.on <= until})
        return next((day for day in days if self.needed(until=day) > self.covered), None)


def to_ask_for(position: FloatPosition, policy: FundingPolicy) -> tuple[Money, date] | None:
    """
    How much has to be sent and by when; None while the balance reaches far enough.
    """
    until = position.today + policy.ahead
    short_from = position.short_from(until=until)
    if short_from is None:
        return None
    needed = position.needed(until=until).minor
    wanted = needed + needed * policy.cushion_percent // 100 - position.covered.minor
    step = policy.step_major * 10**position.currency.exponent
    return Money(-(-wanted // step) * step, position.currency), short_from
