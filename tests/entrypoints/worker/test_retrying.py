"""
When work is tried again, and what may be said of its failure.
"""

from datetime import UTC, datetime

import pytest
from procrastinate.jobs import Job

from domain.shared.errors import Conflict, Unavailable
from entrypoints.worker.retrying import (
    LONGEST_WAIT_SECONDS,
    TRIES_OTHERWISE,
    TRIES_WHILE_UNAVAILABLE,
    BackOff,
    GivenUp,
    is_last_try,
    told,
)


def a_job(attempts: int) -> Job:
    return Job(
        id=1,
        queue="reactions",
        lock=None,
        queueing_lock=None,
        task_name="react",
        attempts=attempts,
        task_kwargs={},
    )


def longest_wait(attempts: int) -> float:
    """The longest of many waits before a try, in seconds."""
    return max(wait(attempts) for _ in range(200))


def wait(attempts: int) -> float:
    decision = BackOff().get_retry_decision(exception=ValueError(), job=a_job(attempts))
    assert decision is not None
    assert decision.retry_at is not None
    seconds: float = (decision.retry_at - _now()).total_seconds()
    return seconds


def _now() -> datetime:
    return datetime.now(UTC)


class TestBackOff:
    def test_waits_double_and_have_a_limit(self) -> None:
        longest = [longest_wait(attempts) for attempts in (0, 1, 2, 3, 50)]

        assert longest == sorted(longest)
        assert 0.2 < longest[0] <= 0.26
        assert 1.5 < longest[3] <= 2.01
        assert LONGEST_WAIT_SECONDS * 0.9 < longest[4] <= LONGEST_WAIT_SECONDS

    def test_waits_differ_so_that_not_all_come_at_once(self) -> None:
        assert len({round(wait(6), 3) for _ in range(20)}) > 10

    def test_what_was_given_up_is_not_tried_again(self) -> None:
        assert BackOff().get_retry_decision(exception=GivenUp("gone"), job=a_job(1)) is None


class TestLastTry:
    @pytest.mark.parametrize("error", [Conflict("taken"), KeyError("x")])
    def test_a_refusal_or_a_bug_is_given_up_after_a_dozen_tries(self, error: Exception) -> None:
        assert not is_last_try(error, TRIES_OTHERWISE - 1)
        assert is_last_try(error, TRIES_OTHERWISE)

    def test_a_vendor_that_is_away_is_waited_for(self) -> None:
        assert not is_last_try(Unavailable("away"), TRIES_OTHERWISE)
        assert is_last_try(Unavailable("away"), TRIES_WHILE_UNAVAILABLE)


class TestTold:
    def test_a_refusal_is_told_by_its_code(self) -> None:
        assert told(Conflict("It is taken.")) == f"{Conflict('x').code}: It is taken."

    def test_a_bug_is_told_by_its_place_and_never_by_its_words(self) -> None:
        def look_up() -> None:
            raise KeyError("Maya Lindqvist")

        with pytest.raises(KeyError) as caught:
            look_up()

        assert told(caught.value).startswith("KeyError in look_up:")
        assert "Maya" not in told(caught.value)
