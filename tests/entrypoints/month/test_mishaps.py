"""
Faults are real ones, and only those that struck are counted.
"""

from collections.abc import Iterator

import httpx
import pytest

from entrypoints.month.curtain import Curtain
from entrypoints.month.mishaps import CALENDAR, Hour, Mishaps
from entrypoints.sandbox.app import SandboxServer


@pytest.fixture
def curtain() -> Iterator[Curtain]:
    with SandboxServer(background=False) as server:
        curtain = Curtain(server.url)
        yield curtain
        curtain.close()


def test_the_sandbox_knows_every_one_of_them(curtain: Curtain) -> None:
    mishaps = Mishaps(curtain, times=1)

    for hour in Hour:
        for _ in CALENDAR[hour]:
            mishaps.begin(hour)
            mishaps.end()

    assert mishaps.struck == {}
    assert curtain.faults_left() == {}


def test_what_struck_is_counted_and_the_rest_taken_back(curtain: Curtain) -> None:
    mishaps = Mishaps(curtain, times=2)
    (busy,) = [
        number
        for number, strikes in enumerate(CALENDAR[Hour.TAKING])
        if strikes[0].name == "respond_429"
    ]
    for _ in range(busy):
        mishaps.begin(Hour.TAKING)
        mishaps.end()
    mishaps.begin(Hour.TAKING)

    answer = httpx.post(f"{curtain.url}/stripe/v1/payment_intents/pi_1/capture", trust_env=False)
    mishaps.end()

    assert answer.status_code == 429
    assert dict(mishaps.struck) == {("15", "stripe", "respond_429"): 1}
    assert curtain.faults_left() == {}


def test_a_token_is_not_refused_again_and_again(curtain: Curtain) -> None:
    mishaps = Mishaps(curtain, times=6)

    mishaps.begin(Hour.JOINING)

    left = curtain.faults_left()
    times = {
        strike.name: left[number]
        for number, strike in zip(sorted(left), CALENDAR[Hour.JOINING][0], strict=True)
    }
    assert times == {"account_stale_event": 6, "token_expired": 1, "webhook_duplicate": 6}
