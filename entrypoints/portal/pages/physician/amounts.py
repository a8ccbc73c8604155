"""
Amounts as people write them.
"""

from decimal import Decimal, InvalidOperation

from domain.shared.errors import InvalidInput
from domain.shared.money import Money


class UnfitAmount(InvalidInput):
    """Not an amount of money."""


def read_money(written: str, currency: str) -> Money:
    """
    Read an amount as people write it.

    Raises:
        UnfitAmount: It is none.
    """
    try:
        return Money.from_major(Decimal(written.strip().replace(",", ".")), currency)
    except InvalidOperation:
        raise UnfitAmount("Write the amount as a number, such as 120.50.", field="amount") from None
