"""
The explanation of a wallet adds up to the books, or is an alarm.
"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payouts.failure import WhoActs
from domain.shared.money import Currency, Money
from domain.wallets.money_state import (
    LinesDoNotAddUp,
    MoneyLine,
    MoneyRule,
    MoneyState,
    WalletBalances,
    check_lines,
)
from domain.wallets.wallet import MalformedWalletPolicy, WalletPolicy
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD, dollars


def balances(available: int = 0, held: int = 0, debt: int = 0) -> WalletBalances:
    return WalletBalances(
        pending=dollars(0),
        available=dollars(available),
        held=dollars(held),
        in_transit=dollars(0),
        debt=dollars(debt),
    )


def line(state: MoneyState, whole: int) -> MoneyLine:
    return MoneyLine(
        state=state, rule=MoneyRule.READY, amount=dollars(whole), who_acts=WhoActs.PHYSICIAN
    )


def test_lines_that_add_up_pass() -> None:
    check_lines(
        [line(MoneyState.AVAILABLE, 3), line(MoneyState.AVAILABLE, 4)], balances(available=7)
    )


@pytest.mark.parametrize(
    "lines",
    [[], [line(MoneyState.HELD, 7)], [line(MoneyState.AVAILABLE, 6)]],
    ids=["nothing explained", "another state", "a cent less"],
)
def test_lines_that_do_not_are_an_alarm(lines: list[MoneyLine]) -> None:
    with pytest.raises(LinesDoNotAddUp):
        check_lines(lines, balances(available=7))


def test_a_debt_lowers_what_is_owed() -> None:
    assert balances(available=7, held=2, debt=4).owed == dollars(5)


class TestPolicy:
    @given(earning=st.integers(1, 10**6), debt=st.integers(0, 10**6), percent=st.integers(0, 100))
    def test_a_recovery_takes_no_more_than_the_share_and_the_debt(
        self, earning: int, debt: int, percent: int
    ) -> None:
        policy = WalletPolicy(recovery_percent=percent)

        taken = policy.recovery(Money(earning, AUD), Money(debt, AUD))

        assert 0 <= taken.minor <= debt
        assert taken.minor * 100 <= earning * percent + 100

    def test_earnings_clear_after_the_period(self) -> None:
        assert WalletPolicy().matures_at(MONDAY_NOON) == MONDAY_NOON + timedelta(days=2)

    @pytest.mark.parametrize(
        ("most", "currency"),
        [(1_000_00, "AUD"), (150_000, "JPY"), (700_00, "USD"), (1_000_000, "KWD"), (1_000, "KRW")],
    )
    def test_more_than_the_currencys_amount_takes_two_people(
        self, most: int, currency: str
    ) -> None:
        policy = WalletPolicy(
            approval_above=1000,
            approval_above_in={Currency("JPY"): 150_000, Currency("USD"): 700},
        )

        assert not policy.takes_two_people(Money.of(most, currency))
        assert policy.takes_two_people(Money.of(most + 1, currency))

    @pytest.mark.parametrize(
        "rules", [{"recovery_percent": 101}, {"clearing_period": timedelta(days=-1)}]
    )
    def test_rules_that_no_wallet_could_follow_are_refused(self, rules: dict[str, object]) -> None:
        with pytest.raises(MalformedWalletPolicy):
            WalletPolicy(**rules)  # type: ignore[arg-type]
