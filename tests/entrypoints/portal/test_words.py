"""
Dates, amounts and lengths of time as people read them.
"""

from datetime import date, timedelta

import pytest

from domain.shared.money import Money
from entrypoints.portal.words import (
    ago,
    amount,
    day,
    is_zone,
    moment_with_zone,
    short,
    span,
    span_at_most,
    zone_name,
)
from tests.entrypoints.portal.moments import NOON


def test_writes_amounts_with_their_currency() -> None:
    assert amount(Money.of(123456, "AUD")) == "A$1,234.56"
    assert amount(Money.of(500, "JPY")) == "JP¥500"


def test_writes_a_time_in_the_readers_zone_and_names_it() -> None:
    assert moment_with_zone(NOON, "Australia/Sydney") == "Mon 23 Nov, 23:00 Sydney time"
    assert moment_with_zone(NOON, "nonsense") == "Mon 23 Nov, 12:00 UTC"


def test_knows_time_zones() -> None:
    assert is_zone("Europe/Paris")
    assert not is_zone("../etc/passwd")
    assert zone_name("America/New_York") == "New York time"


def test_writes_days_out() -> None:
    assert day(date(2026, 11, 3)) == "3 November 2026"


@pytest.mark.parametrize(
    ("minutes", "down", "up"),
    [
        (0, "less than a minute", "1 minute"),
        (1, "1 minute", "1 minute"),
        (59, "59 minutes", "59 minutes"),
        (61, "1 hour", "2 hours"),
        (120, "2 hours", "2 hours"),
        (60 * 30, "30 hours", "2 days"),
        (60 * 72, "3 days", "3 days"),
    ],
)
def test_rounds_what_has_passed_down_and_what_is_promised_up(
    minutes: int, down: str, up: str
) -> None:
    assert span(timedelta(minutes=minutes)) == down
    assert span_at_most(timedelta(minutes=minutes)) == up


def test_says_how_long_ago() -> None:
    assert ago(NOON - timedelta(minutes=5), now=NOON) == "5 minutes ago"
    assert ago(NOON, now=NOON) == "just now"


def test_shortens_identifiers() -> None:
    assert short("co_01m81x7y75ecdswy2e2w87y91k") == "co_…87y91k"
    assert short("") == ""
