"""
Questions about the answers so far: what shows an item, what raises a red flag.

An item that was not answered satisfies nothing but `exists = false`, as in FHIR
(https://hl7.org/fhir/R4/questionnaire.html, enableWhen).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from attrs import frozen

from domain.shared.errors import InvalidInput

Scalar = bool | int | str | Decimal | date
Values = Mapping[str, tuple[Scalar, ...]]
"""Typed answers by link id; an item that is not there was not answered."""


class MalformedCondition(InvalidInput):
    """A condition that no answers could ever decide."""


class Operator(StrEnum):
    """How an answer is compared."""

    EXISTS = "exists"
    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    LESS = "<"
    AT_LEAST = ">="
    AT_MOST = "<="


_COMPARISONS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: lambda answer, value: answer == value,
    Operator.GREATER: lambda answer, value: answer > value,
    Operator.LESS: lambda answer, value: answer < value,
    Operator.AT_LEAST: lambda answer, value: answer >= value,
    Operator.AT_MOST: lambda answer, value: answer <= value,
}


@frozen(kw_only=True)
class Condition:
    """One item's answer compared with a value; of repeated answers, one is enough."""

    question: str
    operator: Operator
    value: Scalar

    def __attrs_post_init__(self) -> None:
        if self.operator is Operator.EXISTS and not isinstance(self.value, bool):
            raise MalformedCondition("`exists` compares with true or false.", field=self.question)

    def holds(self, values: Values) -> bool:
        """Whether these answers satisfy it."""
        given = values.get(self.question, ())
        if self.operator is Operator.EXISTS:
            return bool(given) == self.value
        if self.operator is Operator.NOT_EQUAL:
            return bool(given) and all(answer != self.value for answer in given)
        compare = _COMPARISONS[self.operator]
        return any(compare(answer, self.value) for answer in given)

    def leaves(self) -> Iterator["Condition"]:
        """The comparisons that it is made of."""
        yield self


@frozen
class AllOf:
    """Every part holds."""

    parts: tuple["Expression", ...]

    def holds(self, values: Values) -> bool:
        """Whether these answers satisfy it."""
        return all(part.holds(values) for part in self.parts)

    def leaves(self) -> Iterator[Condition]:
        """The comparisons that it is made of."""
        for part in self.parts:
            yield from part.leaves()


@frozen
class AnyOf:
    """At least one part holds."""

    parts: tuple["Expression", ...]

    def holds(self, values: Values) -> bool:
        """Whether these answers satisfy it."""
        return any(part.holds(values) for part in self.parts)

    def leaves(self) -> Iterator[Condition]:
        """The comparisons that it is made of."""
        for part in self.parts:
            yield from part.leaves()


@frozen
class Not:
    """The part does not hold."""

    part: "Expression"

    def holds(self, values: Values) -> bool:
        """Whether these answers satisfy it."""
        return not self.part.holds(values)

    def leaves(self) -> Iterator[Condition]:
        """The comparisons that it is made of."""
        yield from self.part.leaves()


Expression = Condition | AllOf | AnyOf | Not


class RedFlagEffect(StrEnum):
    """What a red flag does to the intake."""

    STOP = "stop"  # urgent care instead of a consultation
    WARN = "warn"  # the physician sees it first


@frozen(kw_only=True)
class RedFlagRule:
    """
    Answers that must not wait.

    Args:
        code: Stands for it in events and reports, e.g. `thunderclap_headache`.
        message: What the patient is told, and the physician is shown.
    """

    code: str
    when: Expression
    message: str
    effect: RedFlagEffect = RedFlagEffect.STOP
