"""
How many requests a caller may send.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define
from flask import Flask
from werkzeug.exceptions import TooManyRequests

from entrypoints.api.app import create_app
from entrypoints.api.rates import RateLimiter
from tests.entrypoints.api.world import World, build_container
from tests.fakes.clock import FixedClock


@define
class Seconds:
    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def limiter(seconds: Seconds) -> Iterator[RateLimiter]:
    with Flask("rates").app_context():
        yield RateLimiter(60, seconds)


def spend(limiter: RateLimiter, caller: str, times: int) -> None:
    for _ in range(times):
        limiter.take(caller)


class TestRateLimiter:
    def test_counts_down(self, limiter: RateLimiter) -> None:
        first, second = limiter.take("a"), limiter.take("a")

        assert (first.limit, first.remaining, second.remaining) == (60, 59, 58)
        assert second.reset == 2

    def test_refuses_when_nothing_is_left(self, limiter: RateLimiter) -> None:
        spend(limiter, "a", 60)

        with pytest.raises(TooManyRequests) as refused:
            limiter.take("a")

        assert refused.value.retry_after == 1

    def test_one_caller_takes_nothing_from_another(self, limiter: RateLimiter) -> None:
        spend(limiter, "a", 60)

        assert limiter.take("b").remaining == 59

    def test_fills_up_evenly(self, limiter: RateLimiter, seconds: Seconds) -> None:
        spend(limiter, "a", 60)

        seconds.at += 10

        spend(limiter, "a", 10)
        with pytest.raises(TooManyRequests):
            limiter.take("a")

    def test_holds_no_more_than_a_minutes_worth(
        self, limiter: RateLimiter, seconds: Seconds
    ) -> None:
        limiter.take("a")

        seconds.at += 3_600

        assert limiter.take("a").remaining == 59

    def test_forgets_who_has_not_come_for_longest(
        self, limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("entrypoints.api.rates._MOST_CALLERS", 2)
        spend(limiter, "a", 60)

        limiter.take("b")
        limiter.take("c")

        assert limiter.take("a").remaining == 59


class TestOverHttp:
    @pytest.fixture
    def hurried(self, database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
        container = build_container(database_url, tmp_path, clock)
        yield World(container, clock, rate_per_minute=3)
        container.close()

    def test_tells_and_then_refuses(self, hurried: World) -> None:
        left = [hurried.get("/me", "patient").headers["RateLimit-Remaining"] for _ in range(3)]
        refused = hurried.get("/me", "patient")

        assert left == ["2", "1", "0"]
        assert refused.status_code == 429
        assert refused.content_type == "application/problem+json"
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.headers["RateLimit-Limit"] == "3"
        assert hurried.get("/me", "physician").status_code == 200

    def test_guessing_tokens_counts_against_the_address(self, hurried: World) -> None:
        def guess(number: int) -> int:
            sent = {"Authorization": f"Bearer guess-{number}"}
            return hurried.get("/me", headers=sent).status_code

        assert [guess(number) for number in range(4)] == [401, 401, 401, 429]

    def test_vendors_and_probes_are_not_counted(self, hurried: World) -> None:
        answers = [hurried.client.get("/healthz").status_code for _ in range(6)]

        assert answers == [200] * 6


@pytest.mark.parametrize(("trusted", "remaining"), [(0, 8), (1, 9)])
def test_callers_behind_a_trusted_proxy_are_counted_apart(
    database_url: str, tmp_path: Path, trusted: int, remaining: int
) -> None:
    container = build_container(database_url, tmp_path, FixedClock())
    app = create_app(
        container, public_url="http://api.test", rate_per_minute=10, trusted_proxies=trusted
    )
    client = app.test_client()

    answers = [
        client.get("/v1/services", headers={"X-Forwarded-For": f"203.0.113.1, {address}"})
        for address in ("198.51.100.7", "198.51.100.8")
    ]

    container.close()
    assert int(answers[1].headers["RateLimit-Remaining"]) == remaining
