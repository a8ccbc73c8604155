"""
Exchange rates and fees: fixed, so that a test can name the figure.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from entrypoints.sandbox.airwallex.wire import ApiError, exponent

# What one unit buys of US dollars.
_IN_DOLLARS = {
    "USD": Decimal(1),
    "AUD": Decimal("0.66"),
    "GBP": Decimal("1.27"),
    "EUR": Decimal("1.09"),
    "CAD": Decimal("0.73"),
    "NZD": Decimal("0.60"),
    "SGD": Decimal("0.75"),
    "INR": Decimal("0.012"),
}
SWIFT_FEE = Decimal("15.00")
NO_FEE = Decimal("0.00")


def rate(sell: str, buy: str) -> Decimal:
    """
    How much of `buy` one unit of `sell` becomes, to six places.
    """
    if sell == buy:
        return Decimal(1)
    if sell not in _IN_DOLLARS or buy not in _IN_DOLLARS:
        raise ApiError(
            400, "currency_pair_not_supported", f"{sell}{buy} is not traded.", "source_currency"
        )
    return (_IN_DOLLARS[sell] / _IN_DOLLARS[buy]).quantize(Decimal("0.000001"))


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(exponent(currency), ROUND_HALF_EVEN)


def fee(transfer_method: str) -> Decimal:
    return SWIFT_FEE if transfer_method == "SWIFT" else NO_FEE
