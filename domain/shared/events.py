"""
Events are facts in the past tense, recorded by the aggregate that they happened to.

They are stored in the transaction that made them true and carry identifiers and
codes only: never names, answers, notes or any other PHI.
"""

from datetime import datetime
from typing import ClassVar

from attrs import define, field, frozen


@frozen(kw_only=True)
class DomainEvent:
    """
    A fact. `schema_version` rises when a field is added or changes its meaning.
    """

    schema_version: ClassVar[int] = 1

    occurred_at: datetime


@define(eq=False, kw_only=True)
class Aggregate:
    """
    A cluster of objects that changes as one and is loaded and saved as one.

    `version` is that of the stored row; 0 for one that was never stored.
    """

    version: int = 0
    _events: list[DomainEvent] = field(factory=list, init=False, repr=False)

    def record(self, event: DomainEvent) -> None:
        """Note that something happened; it is stored when the aggregate is."""
        self._events.append(event)

    def pull_events(self) -> tuple[DomainEvent, ...]:
        """Hand over the recorded events, once."""
        events = tuple(self._events)
        self._events.clear()
        return events
