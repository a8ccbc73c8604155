"""
However a payment is refunded in parts, nobody gives back more than they got.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments.commission import Split
from domain.payments.refund import (
    Bearer,
    NothingToRefund,
    Shares,
    nothing_shared,
    share_after_delivery,
)
from domain.shared.money import Money, total
from tests.fakes.money import AUD, dollars

parts = st.integers(0, 10_000)


def delivered(commission: int, platform_fee: int, tax: int, earning: int) -> Split:
    return Split(
        commission=Money(commission, AUD),
        platform_fee=Money(platform_fee, AUD),
        tax=Money(tax, AUD),
        earning=Money(earning, AUD),
    )


@given(
    st.tuples(parts, parts, parts, parts).filter(any),
    st.lists(st.integers(1, 5000), min_size=1, max_size=10),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
)
def test_partial_refunds_give_back_what_each_got_and_no_more(
    got: tuple[int, int, int, int], wanted: list[int], pending: int, available: int
) -> None:
    split = delivered(*got)
    earlier: tuple[Shares, ...] = ()
    left = sum(got)
    for minor in wanted:
        amount = min(minor, left)
        if not amount:
            break
        shares = share_after_delivery(
            Money(amount, AUD),
            delivered=split,
            earlier=earlier,
            bearer=Bearer.SHARED,
            pending=Money(pending, AUD),
            available=Money(available, AUD),
        )
        assert shares.amount.minor == amount
        earlier = (*earlier, shares)
        left -= amount

    assert total([s.commission for s in earlier], AUD) <= split.commission
    assert total([s.tax for s in earlier], AUD) <= split.tax
    assert total([s.of_the_physician for s in earlier], AUD) <= split.earning
    if not left:
        assert total([s.commission for s in earlier], AUD) == split.commission
        assert total([s.of_the_physician for s in earlier], AUD) == split.earning


def share(amount: Money, bearer: Bearer = Bearer.SHARED, **wallet: Money) -> Shares:
    return share_after_delivery(
        amount,
        delivered=delivered(2000, 500, 0, 7500),
        earlier=(),
        bearer=bearer,
        pending=wallet.get("pending", dollars(0)),
        available=wallet.get("available", dollars(0)),
    )


def test_the_physician_gives_back_from_pending_then_available_then_as_a_debt() -> None:
    shares = share(dollars(100), pending=dollars(30), available=dollars(25))

    assert (shares.pending, shares.available, shares.debt) == (
        dollars(30),
        dollars(25),
        dollars(20),
    )


def test_the_platform_can_bear_it_all() -> None:
    shares = share(dollars(100), Bearer.PLATFORM, pending=dollars(75))

    assert (shares.goodwill, shares.pending, shares.debt) == (dollars(75), dollars(0), dollars(0))


def test_more_than_is_left_is_refused() -> None:
    with pytest.raises(NothingToRefund):
        share(dollars(100, 1))


def test_before_delivery_it_is_the_patients_own_money() -> None:
    shares = nothing_shared(dollars(7))

    assert (shares.amount, shares.patient_funds) == (dollars(7), dollars(7))
