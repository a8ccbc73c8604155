"""
Money exchanged from one currency into another: rate, fee, and how far it missed its quote.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from attrs import field, frozen

from domain.shared.errors import InvalidInput
from domain.shared.money import Money

_LEAST = Decimal("0.9")
_MOST = Decimal("1.1")


class MalformedConversion(InvalidInput):
    """Not an exchange of one currency into another."""


class RateImplausible(InvalidInput):
    """What was bought lies far from the quoted rate: most likely it was written upside down."""


@frozen(kw_only=True)
class Conversion:
    """
    An exchange that took place.

    Args:
        sold: What left, without the fee.
        bought: What arrived.
        quoted_rate: How much of the bought currency one unit of the sold one was to become.
        fee: What was taken on top, in the sold or in the bought currency.
    """

    sold: Money = field()
    bought: Money = field()
    quoted_rate: Decimal = field()
    fee: Money = field()

    def __attrs_post_init__(self) -> None:
        if self.sold.currency == self.bought.currency:
            raise MalformedConversion("An exchange has two currencies.", field="bought")
        for name, amount in (("sold", self.sold), ("bought", self.bought)):
            if amount.minor <= 0:
                raise MalformedConversion("Name an amount above zero.", field=name)
        if self.fee.minor < 0:
            raise MalformedConversion("A fee is not below zero.", field="fee")
        if self.fee.currency not in (self.sold.currency, self.bought.currency):
            raise MalformedConversion("The fee is in one of the two currencies.", field="fee")
        if not self.quoted_rate.is_finite() or self.quoted_rate <= 0:
            raise MalformedConversion("A rate is above zero.", field="quoted_rate")
        expected = self.sold.major * self.quoted_rate
        if not expected * _LEAST <= self.bought.major <= expected * _MOST:
            raise RateImplausible(
                "By this rate another amount would have arrived. Say how much of the bought "
                "currency one unit of the sold one becomes.",
                field="quoted_rate",
            )

    @property
    def quoted(self) -> Money:
        """What would have arrived by the quote, to the minor unit."""
        currency = self.bought.currency
        expected = self.sold.major * self.quoted_rate
        place = Decimal(1).scaleb(-currency.exponent)
        return Money.from_major(expected.quantize(place, ROUND_HALF_EVEN), currency.code)

    @property
    def difference(self) -> Money:
        """What arrived less than quoted; below zero where more did."""
        return self.quoted - self.bought
