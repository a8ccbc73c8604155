"""
An exchange is balanced in each currency, whatever the rate, the fee and the difference.
"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import posting_rules
from domain.ledger.chart import (
    BANK,
    EXCHANGE_FEES,
    FX_DIFFERENCE,
    FX_POSITION,
    PAYOUT_FLOAT,
    LedgerAccount,
)
from domain.ledger.journal import Postings
from domain.shared.money import Money
from domain.treasury.conversion import Conversion, MalformedConversion, RateImplausible

SOLD, BOUGHT, NO_FEE = Money.of(10_000, "AUD"), Money.of(6_600, "USD"), Money.of(0, "AUD")


def a_conversion(
    *,
    sold: Money = SOLD,
    bought: Money = BOUGHT,
    rate: str = "0.66",
    fee: Money = NO_FEE,
) -> Conversion:
    return Conversion(sold=sold, bought=bought, quoted_rate=Decimal(rate), fee=fee)


def change(postings: Postings, account: LedgerAccount, currency: str) -> int:
    """What the entry adds to the account's debit side."""
    minor = 0
    for posting in postings:
        if posting.amount.currency.code == currency:
            minor += posting.amount.minor if posting.debit == account else 0
            minor -= posting.amount.minor if posting.credit == account else 0
    return minor


class TestPostings:
    def test_a_conversion_as_quoted_makes_no_difference(self) -> None:
        postings = posting_rules.currency_converted(BANK, a_conversion())

        assert [(p.debit, p.credit, str(p.amount)) for p in postings] == [
            (FX_POSITION, BANK, "AUD 100.00"),
            (BANK, FX_POSITION, "USD 66.00"),
        ]

    def test_what_arrives_less_than_quoted_is_our_expense(self) -> None:
        worse = a_conversion(bought=Money.of(6_550, "USD"), fee=Money.of(150, "AUD"))

        postings = posting_rules.currency_converted(PAYOUT_FLOAT, worse)

        assert change(postings, FX_DIFFERENCE, "USD") == 50
        assert change(postings, FX_POSITION, "USD") == -6_600
        assert change(postings, EXCHANGE_FEES, "AUD") == 150
        assert change(postings, PAYOUT_FLOAT, "AUD") == -10_150
        assert change(postings, PAYOUT_FLOAT, "USD") == 6_550

    def test_what_arrives_more_than_quoted_is_our_gain(self) -> None:
        better = a_conversion(bought=Money.of(6_650, "USD"))

        postings = posting_rules.currency_converted(BANK, better)

        assert change(postings, FX_DIFFERENCE, "USD") == -50
        assert change(postings, BANK, "USD") == 6_650

    @given(
        sold=st.integers(1_000, 10**9),
        percent=st.integers(-9, 9),
        rate=st.decimals(min_value="0.01", max_value="150", places=6),
        fee=st.integers(0, 10_000),
        fee_is_sold=st.booleans(),
        buys=st.sampled_from(["USD", "JPY", "KWD"]),
    )
    def test_each_currency_balances_by_itself(
        self, sold: int, percent: int, rate: Decimal, fee: int, buys: str, *, fee_is_sold: bool
    ) -> None:
        amount = Money.of(sold, "AUD")
        places = Decimal(1).scaleb(-Money.of(0, buys).currency.exponent)
        arrived = (amount.major * rate * (100 + percent) / 100).quantize(places)
        try:
            conversion = Conversion(
                sold=amount,
                bought=Money.from_major(arrived, buys),
                quoted_rate=rate,
                fee=Money.of(fee, "AUD" if fee_is_sold else buys),
            )
        except (MalformedConversion, RateImplausible):
            # So little that nothing arrives, or that rounding alone is a tenth of it.
            assert arrived < 10 * places * 10
            return

        postings = posting_rules.currency_converted(BANK, conversion)

        for currency in ("AUD", buys):
            accounts = (BANK, FX_POSITION, FX_DIFFERENCE, EXCHANGE_FEES)
            assert sum(change(postings, account, currency) for account in accounts) == 0
        paid = fee if fee_is_sold else 0
        assert change(postings, BANK, "AUD") == -sold - paid
        assert change(postings, BANK, buys) == conversion.bought.minor - (fee - paid)
        assert change(postings, FX_POSITION, buys) == -conversion.quoted.minor


class TestRefusals:
    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"bought": Money.of(6_600, "AUD"), "rate": "1"}, "bought"),
            ({"sold": Money.of(0, "AUD")}, "sold"),
            ({"bought": Money.of(-1, "USD")}, "bought"),
            ({"fee": Money.of(-1, "AUD")}, "fee"),
            ({"fee": Money.of(1, "EUR")}, "fee"),
            ({"rate": "0"}, "quoted_rate"),
            ({"rate": "NaN"}, "quoted_rate"),
        ],
    )
    def test_what_is_no_exchange(self, changed: dict[str, object], field: str) -> None:
        with pytest.raises(MalformedConversion) as refused:
            a_conversion(**changed)  # type: ignore[arg-type]

        assert refused.value.field == field

    def test_a_rate_that_was_written_upside_down(self) -> None:
        with pytest.raises(RateImplausible):
            a_conversion(rate="1.515152")
