"""
Money: an integer number of minor units and a currency. Never a float.

`Decimal` appears only where a vendor speaks it: `Money.from_major`, `Money.major`.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Self

from attrs import field, frozen

from domain.shared.errors import InvalidInput, InvariantError

_CODE_LENGTH = 3
# ISO 4217 exponents that differ from 2, of the currencies our vendors can move.
_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3}


class MalformedAmount(InvalidInput):
    """The amount or currency cannot be money."""


class CurrencyMismatch(InvariantError):
    """Two currencies met without an exchange."""


@frozen
class Currency:
    """An ISO 4217 code, in capitals."""

    code: str = field()

    @code.validator
    def _check(self, _: object, code: str) -> None:
        if (
            len(code) != _CODE_LENGTH
            or not code.isascii()
            or not code.isalpha()
            or not code.isupper()
        ):
            raise MalformedAmount("Write the currency in ISO 4217, such as AUD.", field="currency")

    @property
    def exponent(self) -> int:
        """How many decimal places the major unit has."""
        return _EXPONENTS.get(self.code, 2)

    def __str__(self) -> str:
        return self.code


@frozen(order=False)
class Money:
    """An amount, which may be negative, in minor units of a currency."""

    minor: int
    currency: Currency

    @classmethod
    def of(cls, minor: int, currency: str) -> Self:
        """Build from minor units and an ISO code: `Money.of(4500, "AUD")` is 45 dollars."""
        return cls(minor, Currency(currency))

    @classmethod
    def zero(cls, currency: Currency) -> Self:
        """Nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def from_major(cls, amount: Decimal, currency: str) -> Self:
        """
        Read a vendor's decimal amount.

        Raises:
            MalformedAmount: It has more places than the currency, so that a part would be lost.
        """
        unit = Currency(currency)
        minor = amount.scaleb(unit.exponent)
        if not minor.is_finite() or minor != minor.to_integral_value():
            raise MalformedAmount(f"{amount} has more places than {currency} has.", field="amount")
        return cls(int(minor), unit)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exactly, with the currency's number of places."""
        return Decimal(self.minor).scaleb(-self.currency.exponent)

    def allocate(self, weights: Sequence[int]) -> tuple[Self, ...]:
        """
        Split without losing or making a cent, by largest remainder (ties to the earlier part).

        Raises:
            InvariantError: No positive weight, or a negative one.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise InvariantError("an allocation needs weights that are not negative and not all 0")
        sign = -1 if self.minor < 0 else 1
        whole = abs(self.minor)
        shares = [whole * weight // total for weight in weights]
        remainders = [whole * weight % total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
        for index in by_remainder[: whole - sum(shares)]:
            shares[index] += 1
        return tuple(type(self)(sign * share, self.currency) for share in shares)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.minor, self.currency)

    def __lt__(self, other: Self) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Self) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Self) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Self) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.currency} {self.major:,}"

    def _same(self, other: Self) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} met {other.currency}")
        return other.minor


def total(amounts: Sequence[Money], currency: Currency) -> Money:
    """Add up amounts of one currency; nothing adds up to zero."""
    return sum(amounts, start=Money.zero(currency))
