"""
Waiting for real processes: a condition is polled, and a bound says when to give up.
"""

import time
from collections.abc import Callable

PATIENCE = 60.0


def eventually(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """
    Return once the condition holds.

    Raises:
        AssertionError: It never did.
    """
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            message = f"never happened within {patience:.0f} s: {what}"
            raise AssertionError(message)
        time.sleep(0.05)
