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
        self, *, actor: str, key: str, request_hash: bytes, now: datetime
    ) -> RememberedAnswer | None:
        """
        Take the key for this request, or hand over the first answer.

        Raises:
            KeyReused: Another request had this key.
            StillRunning: The same request is being worked on, or its worker died less
                than a minute ago.
        """
        ...

    def finish(self, *, actor: str, key: str, answer: RememberedAnswer) -> None:
        """Keep the answer."""
        ...

    def forget(self, *, actor: str, key: str) -> None:
        """Free the key: nothing happened, and the request may come again."""
        ...
