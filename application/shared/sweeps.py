"""
Working through what is due, so that one thing that fails does not hold up the others.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from domain.shared.errors import DomainError, Unavailable

Due = TypeVar("Due")


def work_through(due: Iterable[Due], work: Callable[[Due], object]) -> int:
    """
    Do the work on each; returns how many there were.

    Raises:
        Unavailable: Somebody does not answer: the rest waits for the next run.
        DomainError: The first refusal, after all the others had their turn.
    """
    refusals: list[DomainError] = []
    count = 0
    for each in due:
        count += 1
        try:
            work(each)
        except Unavailable:
            raise
        except DomainError as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]
    return count
