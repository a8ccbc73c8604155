"""
Which of our items is which of theirs.

The rules are tried in order, each on what the ones before have left: the same reference and
amount; a group under one reference that adds up; the same amount within days, where only one
of theirs can be meant. The outcome depends on the items alone, not on their order, and every
match can say why it was made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from attrs import field, frozen

from domain.reconciliation.components import components
from domain.reconciliation.items import (
    Item,
    ItemKind,
    Source,
    gaps,
    place_of,
    sorted_items,
)
from domain.shared.errors import Conflict


class DoesNotAddUp(Conflict):
    """What is to be matched differs in amount. It takes a repair."""


class NothingToMatch(Conflict):
    """A match has at least two items, each of them once."""


class Rule(StrEnum):
    """Why items were matched."""

    REFERENCE = "reference"  # one of each, under one reference
    SUM = "sum"  # several under one reference that add up
    OFFSET = "offset"  # done and undone on one side; the other never saw it
    AMOUNT_AND_DATE = "amount_and_date"
    REPAIR = "repair"  # by an approved entry
    HAND = "hand"


@frozen(kw_only=True)
class MatchingPolicy:
    """
    How far apart two tellings of one fact may be.

    Args:
        window: Days between our date and theirs, where only amounts are compared.
        patience: How long an item may wait for its counterpart before that is a break.
        patience_between: The same for money that travels between two of the others.
        patience_for_undone: The same for what was taken back.
        fees_settle_within: How long a fee may wait for the settlement it is booked with.
    """

    window: timedelta = timedelta(days=5)
    patience: timedelta = timedelta(days=2)
    patience_between: timedelta = timedelta(days=5)
    patience_for_undone: timedelta = timedelta(hours=1)
    fees_settle_within: timedelta = timedelta(days=35)

    def patience_with(self, item: Item) -> timedelta:
        """How long this one may wait."""
        if item.kind is ItemKind.FEE and not item.known_as:
            return self.fees_settle_within
        if item.kind.crosses_sources or item.source is Source.BANK:
            return self.patience_between
        return self.patience_for_undone if item.kind.is_undone else self.patience


@frozen(kw_only=True)
class Match:
    """
    Items of both sides that tell the same, to the cent, in every source and currency.
    """

    rule: Rule
    items: tuple[Item, ...] = field(converter=sorted_items)
    explanation: str

    @items.validator
    def _check(self, _: object, items: tuple[Item, ...]) -> None:
        if len({item.key for item in items}) != len(items) or len(items) < 2:  # noqa: PLR2004
            raise NothingToMatch("Choose at least two items, each of them once.")
        if gaps(items):
            differences = ", ".join(str(gap) for gap in gaps(items).values())
            raise DoesNotAddUp(f"Theirs and ours differ by {differences}.")


@frozen(kw_only=True)
class Matching:
    """Every item that was given, in one match or left."""

    matches: tuple[Match, ...]
    left: tuple[Item, ...]


def match(
    items: Iterable[Item], *, policy: MatchingPolicy, notes: Mapping[str, str] | None = None
) -> Matching:
    """
    Put together what belongs together.

    Args:
        notes: By item, how its references became known, for the explanation.
    """
    left = {item.key: item for item in items}
    matches: list[Match] = []
    matched_before = -1
    # What one rule takes away can leave another a single candidate, so that the next run
    # would find more: go on until none does.
    while len(matches) > matched_before:
        matched_before = len(matches)
        for rule in _RULES:
            for found in rule(sorted_items(left.values()), policy):
                for item in found.items:
                    del left[item.key]
                matches.append(_with_notes(found, notes or {}))
    return Matching(matches=tuple(matches), left=sorted_items(left.values()))


def _with_notes(found: Match, notes: Mapping[str, str]) -> Match:
    said = [notes[item.key] for item in found.items if item.key in notes]
    return Match(
        rule=found.rule,
        items=found.items,
        explanation="; ".join([found.explanation, *said]),
    )


def _by_reference(items: Sequence[Item], _: MatchingPolicy) -> list[Match]:
    theirs_as: dict[tuple[object, ...], list[Item]] = {}
    for item in items:
        if not item.is_ours:
            for reference in item.known_as:
                theirs_as.setdefault(_told(item, reference), []).append(item)
    taken: set[str] = set()
    matches = []
    for ours in (item for item in items if item.is_ours):
        candidates = {
            theirs.key: theirs
            for reference in ours.known_as
            for theirs in theirs_as.get(_told(ours, reference), ())
            if theirs.key not in taken and _alike(ours, theirs)
        }
        if candidates:
            best = min(candidates.values(), key=lambda item: (_apart(ours, item), item.key))
            taken.add(best.key)
            shared = min(ours.known_as & best.known_as)
            explanation = f"matched by reference {shared}"
            matches.append(Match(rule=Rule.REFERENCE, items=(ours, best), explanation=explanation))
    return matches


def _told(item: Item, reference: str) -> tuple[object, ...]:
    return (*place_of(item), item.amount.minor, reference)


def _apart(one: Item, other: Item) -> timedelta:
    return abs(one.at - other.at)


def _by_sum(items: Sequence[Item], _: MatchingPolicy) -> list[Match]:
    of_a_kind = _that_add_up(components(items, within=lambda item: (place_of(item), item.kind)))
    matched = {item.key for found in of_a_kind for item in found.items}
    rest = [item for item in items if item.key not in matched]
    return of_a_kind + _that_add_up(components(rest, within=place_of))


def _that_add_up(groups: Iterable[tuple[Item, ...]]) -> list[Match]:
    return [_summed(group) for group in groups if len(group) > 1 and not gaps(group)]


def _summed(group: tuple[Item, ...]) -> Match:
    ours = [item for item in group if item.is_ours]
    theirs = len(group) - len(ours)
    if not ours or not theirs:
        side = "ours" if ours else "theirs"
        return Match(
            rule=Rule.OFFSET,
            items=group,
            explanation=f"matched because {len(group)} of {side} offset each other",
        )
    named = min(frozenset[str]().union(*(item.known_as for item in ours)))
    return Match(
        rule=Rule.SUM,
        items=group,
        explanation=f"matched by sum: {theirs} of theirs make up {len(ours)} of ours as {named}",
    )


# What people and banks call by names of their own. A vendor's own objects are never matched by
# amount: many patients pay the same price on one day.
_NAMED_BY_PEOPLE = frozenset(
    {
        ItemKind.SETTLEMENT,
        ItemKind.SETTLEMENT_UNDONE,
        ItemKind.FUNDING,
        ItemKind.FUNDING_UNDONE,
        ItemKind.OTHER,
    }
)


def _by_amount(items: Sequence[Item], policy: MatchingPolicy) -> list[Match]:
    named_by_people = [item for item in items if item.kind in _NAMED_BY_PEOPLE]
    return [
        Match(
            rule=Rule.AMOUNT_AND_DATE,
            items=(ours, theirs),
            explanation=f"matched by amount and date, {_apart(ours, theirs).days} days apart,"
            " the only one",
        )
        for ours, theirs in _only_possible_pairs(named_by_people, policy)
    ]


def _only_possible_pairs(items: Sequence[Item], policy: MatchingPolicy) -> list[tuple[Item, Item]]:
    candidates: dict[str, list[Item]] = {item.key: [] for item in items}
    by_amount: dict[tuple[object, ...], list[Item]] = {}
    for item in items:
        by_amount.setdefault((*place_of(item), item.amount.minor), []).append(item)
    for alike in by_amount.values():
        for ours in (item for item in alike if item.is_ours):
            for theirs in (item for item in alike if not item.is_ours):
                if _apart(ours, theirs) <= policy.window and _alike(ours, theirs):
                    candidates[ours.key].append(theirs)
                    candidates[theirs.key].append(ours)
    return [
        (item, candidates[item.key][0])
        for item in items
        if item.is_ours
        and len(candidates[item.key]) == 1
        and len(candidates[candidates[item.key][0].key]) == 1
    ]


def _alike(ours: Item, theirs: Item) -> bool:
    return ItemKind.OTHER in (ours.kind, theirs.kind) or ours.kind is theirs.kind


_RULES: tuple[Callable[[Sequence[Item], MatchingPolicy], list[Match]], ...] = (
    _by_reference,
    _by_sum,
    _by_amount,
)
