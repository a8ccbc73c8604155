"""
The store behind every fake repository.
"""

from copy import deepcopy
from typing import Any, Protocol
from uuid import UUID

from attrs import define, field

from domain.shared.events import Aggregate


class Restorable(Protocol):
    """A fake repository whose whole state can be taken and put back."""

    def snapshot(self) -> Any: ...

    def restore(self, snapshot: Any) -> None: ...


class Collector(Protocol):
    """What takes the events of a stored aggregate: the fake unit of work."""

    def collect(self, aggregate: Aggregate) -> None: ...


@define(eq=False)
class Aggregates:
    """
    Deep copies in and out, so that an aggregate that was changed and not saved stays as it was.
    """

    uow: Collector
    rows: dict[UUID, Any] = field(factory=dict)

    def put(self, key: UUID, aggregate: Aggregate) -> None:
        self.uow.collect(aggregate)
        aggregate.version += 1
        self.rows[key] = deepcopy(aggregate)

    def find(self, key: UUID) -> Any | None:
        return deepcopy(self.rows.get(key))

    def all(self) -> list[Any]:
        return [deepcopy(row) for row in self.rows.values()]

    def snapshot(self) -> Any:
        return dict(self.rows)

    def restore(self, snapshot: Any) -> None:
        self.rows = snapshot
