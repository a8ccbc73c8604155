"""
Where the next page of a list starts, as an opaque text.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from application.shared.pages import Page
from domain.shared.errors import InvalidInput

View = TypeVar("View")
_LARGEST = 2**63 - 1
"""What a bigint of the database holds."""


class MalformedCursor(InvalidInput):
    """Not a cursor that this list gave out."""


def write_cursor(*place: str | int | datetime | UUID) -> str:
    """Name the last row of a page by the values that the list is sorted by."""
    plain = [value if isinstance(value, int) else _written(value) for value in place]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """
    The values of the last row of the page before; None for the first page.

    Args:
        kinds: Of each value, `str`, `int`, `datetime` or `UUID`. Whatever passes can be handed
            to the database: a cursor comes from outside and may be made up.

    Raises:
        MalformedCursor: It does not hold values of these kinds.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(place, list):
            raise TypeError
        return tuple(_READ[kind](value) for kind, value in zip(kinds, place, strict=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as unreadable:
        raise MalformedCursor("This list has no such page.", field="cursor") from unreadable


def read_id_cursor(cursor: str | None) -> UUID | None:
    """
    The identifier that the page before ended with; None for the first page.

    Raises:
        MalformedCursor: It does not hold an identifier.
    """
    place = read_cursor(cursor, UUID)
    return None if place is None else place[0]


def page_of(
    rows: Sequence[Any], *, limit: int, view: Callable[[Any], View], cursor: Callable[[Any], str]
) -> Page[View]:
    """Make a page of at most `limit` rows; one row more says that there is another page."""
    shown = rows[:limit]
    return Page(
        items=tuple(view(row) for row in shown),
        next_cursor=cursor(shown[-1]) if len(rows) > limit else None,
    )


def _written(value: str | datetime | UUID) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError
    value.encode()
    return value


def _number(value: object) -> int:
    if type(value) is not int or abs(value) > _LARGEST:
        raise TypeError
    return value


def _instant(value: object) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise TypeError
    return at


def _identifier(value: object) -> UUID:
    return UUID(_text(value))


_READ: dict[type, Callable[[object], Any]] = {
    str: _text,
    int: _number,
    datetime: _instant,
    UUID: _identifier,
}
