from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.errors import InvariantError
from domain.shared.money import Currency, CurrencyMismatch, MalformedAmount, Money, total

AUD = Currency("AUD")


class TestAllocate:
    @given(
        minor=st.integers(-(10**12), 10**12),
        weights=st.lists(st.integers(0, 10_000), min_size=1, max_size=9).filter(any),
    )
    def test_neither_loses_nor_makes_a_cent(self, minor: int, weights: list[int]) -> None:
        parts = Money(minor, AUD).allocate(weights)

        assert total(parts, AUD) == Money(minor, AUD)
        assert all(
            part.minor == 0 for part, weight in zip(parts, weights, strict=True) if not weight
        )

    def test_gives_the_odd_cent_to_the_largest_remainder(self) -> None:
        assert [p.minor for p in Money(100, AUD).allocate([1, 1, 1])] == [34, 33, 33]
        assert [p.minor for p in Money(101, AUD).allocate([30, 70])] == [30, 71]

    @pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
    def test_refuses_weights_that_say_nothing(self, weights: list[int]) -> None:
        with pytest.raises((InvariantError, ValueError)):
            Money(1, AUD).allocate(weights)


class TestMajorUnits:
    @pytest.mark.parametrize(
        ("currency", "minor", "major"),
        [("JPY", 500, "500"), ("AUD", 4505, "45.05"), ("KWD", 1234, "1.234"), ("AUD", -1, "-0.01")],
    )
    def test_follow_the_currencys_exponent(self, currency: str, minor: int, major: str) -> None:
        money = Money.of(minor, currency)

        assert money.major == Decimal(major)
        assert Money.from_major(Decimal(major), currency) == money

    @pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity"])
    def test_refuse_what_would_lose_a_part(self, amount: str) -> None:
        with pytest.raises(MalformedAmount):
            Money.from_major(Decimal(amount), "AUD")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money.of(1, "AUD") + Money.of(1, "USD")
    with pytest.raises(CurrencyMismatch):
        assert Money.of(1, "AUD") < Money.of(2, "USD")


@pytest.mark.parametrize("code", ["aud", "AU", "AUDX", "A1D", ""])
def test_a_currency_is_three_capitals(code: str) -> None:
    with pytest.raises(MalformedAmount):
        Currency(code)
