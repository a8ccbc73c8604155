"""
The shape of the reaction table: which use case answers which event.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from attrs import frozen

from domain.shared.events import DomainEvent

Event = TypeVar("Event", bound=DomainEvent)


@frozen(kw_only=True)
class Reaction(Generic[Event]):
    """
    When `event` is stored, `use_case` runs as the system with `arguments(event)`.

    Args:
        name: Unique among the reactions to one event; stored, so never renamed lightly.
    """

    event: type[Event]
    use_case: type
    arguments: Callable[[Event], Mapping[str, Any]]
    name: str


def when(
    event: type[Event],
    use_case: type,
    arguments: Callable[[Event], Mapping[str, Any]],
    *,
    label: str = "",
) -> Reaction[Event]:
    """One line of the table. The label tells apart two reactions with the same use case."""
    name = f"{use_case.__name__}:{label}" if label else use_case.__name__
    return Reaction(event=event, use_case=use_case, arguments=arguments, name=name)


@frozen
class ReactionTable:
    """All reactions, looked up by event."""

    reactions: Sequence[Reaction[Any]]

    def names(self, event: type[DomainEvent]) -> tuple[str, ...]:
        """The names of the reactions to a kind of event, in the table's order."""
        return tuple(r.name for r in self.reactions if r.event is event)

    def find(self, event: type[DomainEvent], name: str) -> Reaction[Any] | None:
        """One reaction, or None if the table no longer has it."""
        for reaction in self.reactions:
            if reaction.event is event and reaction.name == name:
                return reaction
        return None
