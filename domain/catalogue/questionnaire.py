"""
What is asked before a consultation, after FHIR's Questionnaire.

A condition may look only at items that come before it, so that a questionnaire can be
answered from top to bottom and never runs in circles.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from domain.catalogue.conditions import Condition, Operator, RedFlagRule, Scalar, Values
from domain.shared.errors import InvalidInput

_LINK_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")


class MalformedQuestionnaire(InvalidInput):
    """It could not be answered as it stands."""


class ItemType(StrEnum):
    """What kind of answer an item takes; groups and displays take none."""

    GROUP = "group"
    DISPLAY = "display"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    ATTACHMENT = "attachment"

    @property
    def is_question(self) -> bool:
        """Whether it is answered."""
        return self not in {ItemType.GROUP, ItemType.DISPLAY}

    @property
    def is_ordered(self) -> bool:
        """Whether one answer can be more than another."""
        return self in {ItemType.INTEGER, ItemType.DECIMAL, ItemType.DATE}


class EnableBehavior(StrEnum):
    """How many of an item's conditions must hold."""

    ALL = "all"
    ANY = "any"


@frozen
class Option:
    """One of the answers to a choice."""

    code: str
    display: str


@frozen(kw_only=True)
class Item:
    """
    A question, a group of items, or a text to read.

    Args:
        link_id: Names the item in answers and conditions; unique in the questionnaire.
        repeats: Several answers may be given.
        minimum: The least number that is plausible; with `maximum`, numbers only.
    """

    link_id: str
    type: ItemType
    text: str
    help: str | None = None
    unit: str | None = None
    required: bool = False
    repeats: bool = False
    options: tuple[Option, ...] = ()
    enable_when: tuple[Condition, ...] = ()
    enable_behavior: EnableBehavior = EnableBehavior.ALL
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    max_length: int | None = None
    items: tuple["Item", ...] = ()

    def __attrs_post_init__(self) -> None:
        if not _LINK_ID.fullmatch(self.link_id):
            raise MalformedQuestionnaire(
                f"{self.link_id!r} is not a link id: small letters, digits and underscores.",
                field="link_id",
            )
        for fault, broken in _shape_faults(self).items():
            if broken:
                raise MalformedQuestionnaire(fault, field=self.link_id)

    def is_enabled(self, values: Values) -> bool:
        """Whether its own conditions hold, its group's left aside."""
        if not self.enable_when:
            return True
        quantify = all if self.enable_behavior is EnableBehavior.ALL else any
        return quantify(condition.holds(values) for condition in self.enable_when)

    def walk(self) -> Iterator["Item"]:
        """The item and all in it, from top to bottom."""
        yield self
        for item in self.items:
            yield from item.walk()


@frozen(kw_only=True)
class Questionnaire:
    """Items in the order in which they are asked, and the answers that must not wait."""

    title: str
    items: tuple[Item, ...]
    red_flags: tuple[RedFlagRule, ...] = ()
    _index: dict[str, Item] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        index: dict[str, Item] = {}
        for item in self.walk():
            if item.link_id in index:
                raise MalformedQuestionnaire("The link id occurs twice.", field=item.link_id)
            for condition in item.enable_when:
                _check_condition(condition, index, where=item.link_id)
            index[item.link_id] = item
        object.__setattr__(self, "_index", index)
        if not any(item.type.is_question for item in index.values()):
            raise MalformedQuestionnaire("It asks nothing.", field="items")
        self._check_red_flags()

    def walk(self) -> Iterator[Item]:
        """Every item from top to bottom, groups before what is in them."""
        for item in self.items:
            yield from item.walk()

    def find(self, link_id: str) -> Item | None:
        """The item of that link id."""
        return self._index.get(link_id)

    def enabled(self, values: Values) -> frozenset[str]:
        """
        The link ids of the items that are asked, given these answers.

        An answer to an item that is not asked counts as not given.
        """
        enabled: set[str] = set()
        counted: dict[str, tuple[Scalar, ...]] = {}

        def visit(items: tuple[Item, ...]) -> None:
            for item in items:
                if item.is_enabled(counted):
                    enabled.add(item.link_id)
                    if values.get(item.link_id):
                        counted[item.link_id] = values[item.link_id]
                    visit(item.items)

        visit(self.items)
        return frozenset(enabled)

    def _check_red_flags(self) -> None:
        codes: set[str] = set()
        for rule in self.red_flags:
            where = f"red_flags.{rule.code}"
            if not _LINK_ID.fullmatch(rule.code) or rule.code in codes:
                raise MalformedQuestionnaire("A red flag needs a code of its own.", field=where)
            codes.add(rule.code)
            leaves = tuple(rule.when.leaves())
            if not leaves:
                raise MalformedQuestionnaire("A red flag needs a condition.", field=where)
            for condition in leaves:
                _check_condition(condition, self._index, where=where)


def _shape_faults(item: Item) -> dict[str, bool]:
    kind = item.type
    numeric = kind in {ItemType.INTEGER, ItemType.DECIMAL}
    codes = [option.code for option in item.options]
    return {
        "The item needs a text.": not item.text.strip(),
        "Options belong to a choice.": (kind is ItemType.CHOICE) != bool(item.options),
        "Two options share a code.": len(set(codes)) != len(codes),
        "Only a group holds items.": (kind is ItemType.GROUP) != bool(item.items),
        "Only a question is required.": item.required and not kind.is_question,
        "Only a question repeats.": item.repeats and not kind.is_question,
        "Only a number has limits.": not numeric
        and not (item.minimum is None and item.maximum is None),
        "The limits leave no answer.": item.minimum is not None
        and item.maximum is not None
        and item.minimum > item.maximum,
        "Only a text has a greatest length.": item.max_length is not None
        and kind is not ItemType.TEXT,
    }


_ANSWER_TYPES: Mapping[ItemType, type | tuple[type, ...]] = {
    ItemType.BOOLEAN: bool,
    ItemType.CHOICE: str,
    ItemType.TEXT: str,
    ItemType.INTEGER: int,
    ItemType.DECIMAL: (int, Decimal),
    ItemType.DATE: date,
    ItemType.ATTACHMENT: str,
}


def _check_condition(condition: Condition, known: Mapping[str, Item], *, where: str) -> None:
    asked = known.get(condition.question)
    if asked is None or not asked.type.is_question:
        raise MalformedQuestionnaire(
            f"A condition asks about {condition.question!r}, which is no earlier question.",
            field=where,
        )
    if condition.operator is Operator.EXISTS:
        return
    value, kind = condition.value, asked.type
    fits = isinstance(value, _ANSWER_TYPES[kind]) and (
        kind is ItemType.BOOLEAN or not isinstance(value, bool)
    )
    if kind is ItemType.CHOICE:
        fits = value in {option.code for option in asked.options}
    if condition.operator not in {Operator.EQUAL, Operator.NOT_EQUAL} and not kind.is_ordered:
        fits = False
    if not fits:
        raise MalformedQuestionnaire(
            f"A condition compares {condition.question!r} with what it is never answered with.",
            field=where,
        )
