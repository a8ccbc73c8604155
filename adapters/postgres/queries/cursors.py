"""
Where the next page of a list starts, as an opaque text.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from application.shared.pages import Page
from domain.shared.errors import InvalidInput

View = TypeVar("View")


class MalformedCursor(InvalidInput):
    """Not a cursor that this list gave out."""


def write_cursor(*place: str | int) -> str:
    """Name the last row of a page by the values that the list is sorted by."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """
    The values of the last row of the page before; None for the first page.

    Raises:
        MalformedCursor: It does not hold values of these kinds.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as unreadable:
        raise MalformedCursor("This list has no such page.", field="cursor") from unreadable
    if not isinstance(place, list) or [type(value) for value in place] != list(kinds):
        raise MalformedCursor("This list has no such page.", field="cursor")
    return tuple(place)


def read_id_cursor(cursor: str | None) -> UUID | None:
    """
    The identifier that the page before ended with; None for the first page.

    Raises:
        MalformedCursor: It does not hold an identifier.
    """
    place = read_cursor(cursor, str)
    if place is None:
        return None
    try:
        return UUID(place[0])
    except ValueError as unreadable:
        raise MalformedCursor("This list has no such page.", field="cursor") from unreadable


def page_of(
    rows: Sequence[Any], *, limit: int, view: Callable[[Any], View], cursor: Callable[[Any], str]
) -> Page[View]:
    """Make a page of at most `limit` rows; one row more says that there is another page."""
    shown = rows[:limit]
    return Page(
        items=tuple(view(row) for row in shown),
        next_cursor=cursor(shown[-1]) if len(rows) > limit else None,
    )
