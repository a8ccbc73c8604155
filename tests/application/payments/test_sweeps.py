"""
One thing that fails does not hold up the others.
"""

import pytest

from application.shared.sweeps import work_through
from domain.shared.errors import Conflict, NotFound, Unavailable


def working(seen: list[int], failures: dict[int, Exception], number: int) -> None:
    seen.append(number)
    if number in failures:
        raise failures[number]


def test_all_have_their_turn_and_the_first_refusal_is_told() -> None:
    seen: list[int] = []
    failures: dict[int, Exception] = {1: NotFound("one"), 2: Conflict("two")}

    with pytest.raises(NotFound, match="one"):
        work_through(range(4), lambda number: working(seen, failures, number))

    assert seen == [0, 1, 2, 3]


def test_nobody_is_asked_again_who_does_not_answer() -> None:
    seen: list[int] = []

    with pytest.raises(Unavailable):
        work_through(range(4), lambda number: working(seen, {1: Unavailable("silent")}, number))

    assert seen == [0, 1]


def test_counts_what_was_done() -> None:
    assert work_through("abc", str.upper) == 3
