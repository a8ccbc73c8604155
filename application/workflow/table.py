"""
The shape of the reaction table: which use case answers which event.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from domain.shared.events import DomainEvent


@frozen(kw_only=True)
class Reaction:
    """
    When `event` is stored, `use_case` runs as the system.

    Args:
        fields: Fields of the event that the use case takes under the same names.
        constants: What it takes besides.
    """

    event: type[DomainEvent]
    use_case: type
    fields: tuple[str, ...]
    constants: Mapping[str, Any] = field(factory=dict)
    label: str = ""

    @property
    def name(self) -> str:
        """Unique among the reactions to one event; stored, so never renamed lightly."""
        return f"{self.use_case.__name__}:{self.label}" if self.label else self.use_case.__name__

    def arguments(self, event: DomainEvent) -> dict[str, Any]:
        """What the use case is called with."""
        return {name: getattr(event, name) for name in self.fields} | dict(self.constants)


def when(
    event: type[DomainEvent], use_case: type, *fields: str, label: str = "", **constants: object
) -> Reaction:
    """One line of the table. The label tells apart two reactions with the same use case."""
    return Reaction(event=event, use_case=use_case, fields=fields, constants=constants, label=label)


@frozen
class ReactionTable:
    """All reactions, looked up by event."""

    reactions: Sequence[Reaction]

    def names(self, event: type[DomainEvent]) -> tuple[str, ...]:
        """The names of the reactions to a kind of event, in the table's order."""
        return tuple(r.name for r in self.reactions if r.event is event)

    def find(self, event: type[DomainEvent], name: str) -> Reaction | None:
        """One reaction, or None if the table no longer has it."""
        for reaction in self.reactions:
            if reaction.event is event and reaction.name == name:
                return reaction
        return None
