"""
How many requests a caller may send, and telling them how many are left.

Each process counts for itself: this keeps one caller from crowding out the others, and is
no exact quota.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from attrs import define, field, frozen
from flask import Flask, Response, g
from werkzeug.exceptions import TooManyRequests

_MINUTE = 60.0
_MOST_CALLERS = 20_000


@frozen
class Allowance:
    """What a caller has left, and in how many seconds they have all of it again."""

    limit: int
    remaining: int
    reset: int


@define
class _Bucket:
    tokens: float
    filled_at: float


@define(eq=False)
class RateLimiter:
    """A bucket of requests for each caller. It fills up evenly, and holds a minute's worth."""

    per_minute: int
    seconds: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, _Bucket] = field(factory=OrderedDict, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def take(self, caller: str) -> Allowance:
        """
        Count a request.

        Raises:
            TooManyRequests: The bucket is empty.
        """
        with self._lock:
            bucket = self._filled(caller)
            if bucket.tokens < 1:
                wait = math.ceil((1 - bucket.tokens) * _MINUTE / self.per_minute)
                g.allowance = self._allowance(bucket)
                raise TooManyRequests("Too many requests. Slow down.", retry_after=wait)
            bucket.tokens -= 1
            g.allowance = self._allowance(bucket)
        allowance: Allowance = g.allowance
        return allowance

    def _filled(self, caller: str) -> _Bucket:
        now = self.seconds()
        bucket = self._buckets.pop(caller, None) or _Bucket(self.per_minute, now)
        gained = (now - bucket.filled_at) * self.per_minute / _MINUTE
        bucket.tokens = min(self.per_minute, bucket.tokens + gained)
        bucket.filled_at = now
        self._buckets[caller] = bucket
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        return bucket

    def _allowance(self, bucket: _Bucket) -> Allowance:
        missing = self.per_minute - bucket.tokens
        return Allowance(
            limit=self.per_minute,
            remaining=int(bucket.tokens),
            reset=math.ceil(missing * _MINUTE / self.per_minute),
        )


def install_rate_headers(app: Flask) -> None:
    """Tell each counted caller what is left."""

    @app.after_request
    def tell(response: Response) -> Response:
        allowance: Allowance | None = g.get("allowance")
        if allowance is not None:
            response.headers["RateLimit-Limit"] = str(allowance.limit)
            response.headers["RateLimit-Remaining"] = str(allowance.remaining)
            response.headers["RateLimit-Reset"] = str(allowance.reset)
        return response
