"""
Months where somebody lives, and statements that add up or are an alarm.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.period import Period
from domain.wallets.money_state import WalletBalances
from domain.wallets.month import Month, UnfitMonth
from domain.wallets.statement import Statement, StatementDoesNotAddUp, check_parts
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD, PHYSICIAN, dollars

ZONES = ["UTC", "Australia/Sydney", "America/New_York", "Pacific/Kiritimati", "Pacific/Niue"]
MONTHS = st.builds(Month, st.integers(1900, 9000), st.integers(1, 12))


@given(month=MONTHS, zone=st.sampled_from(ZONES))
def test_months_chain_in_every_zone(month: Month, zone: str) -> None:
    here = ZoneInfo(zone)
    period, following = month.within(here), month.next.within(here)

    assert period.end_at == following.start_at
    assert Month.of(period.start_at, here) == month
    assert Month.of(period.end_at - timedelta(microseconds=1), here) == month
    assert timedelta(days=27) < period.length < timedelta(days=32)
    assert Month.parse(str(month)) == month


def test_a_month_begins_at_midnight_where_one_lives() -> None:
    period = Month.parse("2026-04").within(ZoneInfo("Australia/Sydney"))

    # Summer time ends there on 5 April, so the month is an hour longer.
    assert period.start_at == datetime(2026, 3, 31, 13, tzinfo=UTC)
    assert period.end_at == datetime(2026, 4, 30, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["", "2026", "2026-00", "2026-13", "26-01", "2026-1", "9999-12"]
)
def test_what_is_no_month_is_refused(written: str) -> None:
    with pytest.raises(UnfitMonth):
        Month.parse(written)


def test_a_statement_that_does_not_add_up_is_an_alarm() -> None:
    nothing = dollars(0)
    zero = WalletBalances(
        pending=nothing, available=nothing, held=nothing, in_transit=nothing, debt=nothing
    )
    empty = Statement(
        physician_id=PHYSICIAN,
        currency=AUD,
        period=Period(MONDAY_NOON, MONDAY_NOON + timedelta(days=1)),
        opening=zero,
        closing=zero,
        movements=(),
    )
    empty.check()

    with pytest.raises(StatementDoesNotAddUp):
        evolve(empty, closing=evolve(zero, held=dollars(1))).check()
    with pytest.raises(StatementDoesNotAddUp):
        check_parts([], dollars(1))
