"""
What may be done with a wallet, and how fast its money moves.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import field, frozen

from domain.shared.errors import InvalidInput
from domain.shared.money import Currency, Money

_WHOLE = 100


class MalformedWalletPolicy(InvalidInput):
    """Rules that no wallet could follow."""


@frozen(kw_only=True)
class WalletPolicy:
    """
    House rules for wallets.

    Args:
        clearing_period: From an earning until it may be withdrawn.
        recovery_percent: At most so much of each earning goes towards a debt.
        smallest_payout_minor: Less is not paid out, whatever the currency.
        approval_above: In whole units: more waits for two people.
        approval_above_in: The same for the currencies that have an amount of their own.
    """

    clearing_period: timedelta = field(default=timedelta(days=2))
    recovery_percent: int = field(default=50)
    smallest_payout_minor: int = field(default=100)
    approval_above: int = field(default=5_000)
    approval_above_in: Mapping[Currency, int] = field(factory=dict, hash=False)

    def __attrs_post_init__(self) -> None:
        if self.clearing_period < timedelta(0) or not 0 <= self.recovery_percent <= _WHOLE:
            raise MalformedWalletPolicy("A clearing period and a share of 0 to 100 percent.")

    def matures_at(self, earned_at: datetime) -> datetime:
        """When an earning may be withdrawn."""
        return earned_at + self.clearing_period

    def takes_two_people(self, amount: Money) -> bool:
        """Whether so much is not paid out on one person's word."""
        currency = amount.currency
        units = self.approval_above_in.get(currency, self.approval_above)
        return amount > Money(units * 10**currency.exponent, currency)

    def recovery(self, earning: Money, debt: Money) -> Money:
        """How much of an earning goes towards a debt; a split cent stays with the physician."""
        _, share = earning.allocate((_WHOLE - self.recovery_percent, self.recovery_percent))
        return min(share, debt)
