"""
Long lists come in pages, each naming where the next one starts.
"""

from typing import Generic, TypeVar

from attrs import frozen

Item = TypeVar("Item")


@frozen
class Page(Generic[Item]):
    """
    Some of a list. `next_cursor` is None on the last page, else opaque and passed back.
    """

    items: tuple[Item, ...]
    next_cursor: str | None = None
