"""
Events as JSON, and back. The class name is the type; its schema version goes along.
"""

from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import cattrs

from domain.shared.errors import InvariantError
from domain.shared.events import DomainEvent
from domain.shared.money import Currency, Money


class UnknownEvent(InvariantError):
    """A stored event that this version of the code has no class for."""


_converter = cattrs.Converter(forbid_extra_keys=False)
_converter.register_unstructure_hook(UUID, str)
_converter.register_structure_hook(UUID, lambda value, _: UUID(str(value)))
_converter.register_unstructure_hook(datetime, datetime.isoformat)
_converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
_converter.register_unstructure_hook(date, date.isoformat)
_converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
_converter.register_unstructure_hook(Enum, lambda value: value.value)
_converter.register_unstructure_hook(Currency, lambda value: value.code)
_converter.register_structure_hook(Currency, lambda value, _: Currency(value))
_converter.register_unstructure_hook(
    Money, lambda value: {"minor": value.minor, "currency": value.currency.code}
)
_converter.register_structure_hook(
    Money, lambda value, _: Money.of(int(value["minor"]), value["currency"])
)


def encode(event: DomainEvent) -> dict[str, Any]:
    """The event's fields as JSON values."""
    encoded: dict[str, Any] = _converter.unstructure(event)
    return encoded


def decode(kind: str, payload: dict[str, Any]) -> DomainEvent:
    """
    Rebuild an event.

    Raises:
        UnknownEvent: No class of that name has been imported.
    """
    event_class = _classes().get(kind)
    if event_class is None:
        raise UnknownEvent(f"no event class is called {kind}")
    return _converter.structure(payload, event_class)


def _classes() -> dict[str, type[DomainEvent]]:
    found: dict[str, type[DomainEvent]] = {}
    parents: list[type[DomainEvent]] = [DomainEvent]
    while parents:
        for child in parents.pop().__subclasses__():
            # attrs makes a slotted class anew and leaves the first one behind, unfinished.
            if "__attrs_attrs__" in child.__dict__:
                found[child.__name__] = child
                parents.append(child)
    return found
