"""
Of two consultations of one physician, one ended before the other.
"""

from datetime import timedelta

import pytest

from domain.consultations.consultation import moment_of_end
from tests.fakes.clock import MONDAY_NOON

INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("last", "ends"),
    [
        pytest.param(None, timedelta(), id="the-first"),
        pytest.param(-INSTANT, timedelta(), id="later"),
        pytest.param(timedelta(), INSTANT, id="in-the-same-moment"),
        pytest.param(timedelta(minutes=1), timedelta(minutes=1) + INSTANT, id="clocks-differ"),
        pytest.param(timedelta(days=1), timedelta(), id="a-clock-was-wrong"),
    ],
)
def test_it_ends_after_the_last_one(last: timedelta | None, ends: timedelta) -> None:
    ended = moment_of_end(now=MONDAY_NOON, last=None if last is None else MONDAY_NOON + last)

    assert ended - MONDAY_NOON == ends
