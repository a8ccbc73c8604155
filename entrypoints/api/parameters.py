"""
Reading query parameters.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, TypeAdapter

from domain.shared.errors import InvalidInput
from domain.shared.ids import MalformedIdentifier, from_wire
from entrypoints.api.operations import Call

_INSTANT = TypeAdapter(AwareDatetime)
LONGEST_PURPOSE = 500
Choice = TypeVar("Choice", bound=Enum)


def required(call: Call[Any], name: str, otherwise: str) -> str:
    """
    A parameter that has to be there.

    Args:
        otherwise: What to say if it is not.

    Raises:
        InvalidInput: It is missing or empty.
    """
    text = call.query.get(name)
    if not text:
        raise InvalidInput(otherwise, field=name)
    return text


def purpose(call: Call[Any]) -> str | None:
    """
    Why somebody opens a record, for the audit trail.

    Raises:
        InvalidInput: Too long.
    """
    text = call.query.get("reason")
    if text is not None and len(text) > LONGEST_PURPOSE:
        raise InvalidInput(f"A reason has at most {LONGEST_PURPOSE} characters.", field="reason")
    return text


def instant(call: Call[Any], name: str) -> datetime | None:
    """
    A moment, in RFC 3339.

    Raises:
        InvalidInput: It is something else, or has no zone.
    """
    text = call.query.get(name)
    if not text:
        return None
    try:
        return _INSTANT.validate_python(text)
    except ValueError as error:
        raise InvalidInput(
            "Write the time with its zone, such as 2026-03-01T09:00:00Z.", field=name
        ) from error


def flag(call: Call[Any], name: str) -> bool:
    """
    `true` or `false`; false if not given.

    Raises:
        InvalidInput: Something else.
    """
    text = call.query.get(name, "false")
    if text not in {"true", "false"}:
        raise InvalidInput(f"{name} is true or false.", field=name)
    return text == "true"


def choice(call: Call[Any], name: str, kind: type[Choice]) -> Choice | None:
    """
    One code of several.

    Raises:
        InvalidInput: Not one of them.
    """
    text = call.query.get(name)
    return None if text is None else _choose(name, text, kind)


def choices(call: Call[Any], name: str, kind: type[Choice]) -> Sequence[Choice]:
    """
    Codes with commas between them.

    Raises:
        InvalidInput: One of them is none.
    """
    text = call.query.get(name)
    return tuple(_choose(name, one, kind) for one in text.split(",")) if text else ()


def identifier(call: Call[Any], name: str) -> UUID | None:
    """
    An identifier of the kind that the parameter's name says, such as `patient_id`.

    Raises:
        InvalidInput: Not one of that kind.
    """
    text = call.query.get(name)
    if text is None:
        return None
    try:
        return from_wire(name.removesuffix("_id"), text)
    except MalformedIdentifier as error:
        raise InvalidInput(str(error), field=name) from error


def _choose(name: str, text: str, kind: type[Choice]) -> Choice:
    try:
        return kind(text)
    except ValueError as error:
        known = ", ".join(str(one.value) for one in kind)
        raise InvalidInput(f"Choose among: {known}.", field=name) from error
