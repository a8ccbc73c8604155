"""
What became of each reaction: the memory of the workflow engine.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import EventId


@frozen(kw_only=True)
class DueReaction:
    """A reaction to run now, with the event that calls for it and how often it was tried."""

    event: DomainEvent
    attempt: int


class ReactionLog(Protocol):
    """Where reactions are noted as begun, done, failed or given up."""

    def begin(self, *, event_id: EventId, name: str, now: datetime) -> DueReaction | None:
        """Count an attempt; None when it was done before or is unknown."""
        ...

    def finish(self, *, event_id: EventId, name: str, now: datetime) -> None:
        """Note that it is done."""
        ...

    def fail(
        self, *, event_id: EventId, name: str, error: str, given_up: bool, now: datetime
    ) -> None:
        """Note what went wrong, as a code without PHI; given up means a person must look."""
        ...

    def revive(self, *, event_id: UUID, name: str) -> bool:
        """Queue one that was given up again; False when it was not given up."""
        ...
