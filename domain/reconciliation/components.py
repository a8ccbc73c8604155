"""
Items that belong together because they are known by a common reference.
"""

from collections.abc import Callable, Hashable, Iterable

from domain.reconciliation.items import Item, sorted_items


def components(
    items: Iterable[Item], *, within: Callable[[Item], Hashable]
) -> list[tuple[Item, ...]]:
    """
    Group items that share a reference, directly or through others of the group.

    Args:
        within: Items for which it differs are never put together.
    """
    ordered = sorted_items(items)
    leader = list(range(len(ordered)))

    def lead(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    first_with: dict[tuple[Hashable, str], int] = {}
    for index, item in enumerate(ordered):
        place = within(item)
        for reference in sorted(item.known_as):
            other = first_with.setdefault((place, reference), index)
            one, two = sorted((lead(index), lead(other)))
            leader[two] = one
    groups: dict[int, list[Item]] = {}
    for index, item in enumerate(ordered):
        groups.setdefault(lead(index), []).append(item)
    return [tuple(group) for group in groups.values()]
