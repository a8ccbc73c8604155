"""
When to try again, and when to call a person.
"""

import random
from typing import Any

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from application.webhooks.ports import MalformedWebhook, StrayWebhook
from domain.shared.errors import DomainError, Unavailable

# A vendor may be away for hours; a refusal that repeats will not change by itself.
TRIES_WHILE_UNAVAILABLE = 400
TRIES_OTHERWISE = 12
LONGEST_WAIT_SECONDS = 60.0


class BackOff(BaseRetryStrategy):
    """Doubling waits with jitter, from a quarter of a second to a minute."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Try again unless the work was given up, which its own note says."""
        if isinstance(exception, GivenUp):
            return None
        wait = min(LONGEST_WAIT_SECONDS, 0.25 * 2 ** min(job.attempts, 10))
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing
        return RetryDecision(retry_in={"milliseconds": int(1000 * wait * jitter)})


class GivenUp(Exception):
    """The work was noted as given up; a person has to look at it."""


def is_last_try(error: Exception, attempt: int) -> bool:
    """Whether to call a person instead of trying again."""
    if isinstance(error, MalformedWebhook | StrayWebhook):
        return True  # a message stays what it is
    limit = TRIES_WHILE_UNAVAILABLE if isinstance(error, Unavailable) else TRIES_OTHERWISE
    return attempt >= limit


def told(error: Exception) -> str:
    """What may be noted of an error: a refusal's code, else the kind and place. Never PHI."""
    if isinstance(error, DomainError):
        return f"{error.code}: {error}"
    place: Any = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place else "unknown place"
    return f"{type(error).__name__} in {where}"
