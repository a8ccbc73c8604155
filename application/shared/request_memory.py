"""
Remembering requests by the key that the caller gave them, so that a repeat does nothing twice.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from attrs import frozen

from domain.shared.errors import Conflict, InvalidInput


class KeyReused(InvalidInput):
    """The key was used before, for a request that said something else."""


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""


class AnswerLost(Conflict):
    """The first request with this key was carried out; what was answered is not known."""


@frozen(kw_only=True)
class RememberedAnswer:
    """What was answered the first time."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class RequestMemory(Protocol):
    """
    Answers by caller and key, kept for a day.
    """

    def begin(
        self, *, actor: str, key: str, request_hash: bytes, now: datetime, once: bool = False
    ) -> RememberedAnswer | None:
        """
        Take the key for this request, or hand over the first answer.

        Args:
            once: Running it again would do it twice. From the first commit of the use case
                on it is never run again with this key, whatever becomes of the process.

        Raises:
            AnswerLost: It was to run once, did, and its worker died before it answered.
            KeyReused: Another request had this key.
            StillRunning: The same request is being worked on, or its worker died less
                than a minute ago.
        """
        ...

    def finish(self, *, actor: str, key: str, answer: RememberedAnswer) -> None:
        """Keep the answer."""
        ...

    def forget(self, *, actor: str, key: str) -> None:
        """Free the key, so that the request may come again, unless it was carried out."""
        ...
