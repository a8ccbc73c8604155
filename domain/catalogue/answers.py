"""
Answers to a questionnaire: read, checked, and looked through for red flags.

Answers come and go as plain JSON values by link id, a list where an item repeats:
`{"onset": "sudden", "pain": 8, "photos": ["do_01j…"]}`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from domain.catalogue.conditions import RedFlagEffect, RedFlagRule, Scalar
from domain.catalogue.questionnaire import Item, ItemType, Questionnaire
from domain.shared.errors import Conflict, InvalidInput
from domain.shared.ids import from_wire

_LONGEST_TEXT = 5000
_MOST_REPEATS = 20


class UnknownQuestion(InvalidInput):
    """The questionnaire has no such question."""


class UnfitAnswer(InvalidInput):
    """Not the kind of answer that the question takes."""


class QuestionNotAsked(InvalidInput):
    """The other answers rule the question out."""


class AnswersMissing(Conflict):
    """
    Required questions are still open.

    Args:
        link_ids: Which, from top to bottom.
    """

    def __init__(self, message: str, *, link_ids: tuple[str, ...]) -> None:
        super().__init__(message)
        self.link_ids = link_ids


@frozen(kw_only=True)
class RaisedFlag:
    """A red flag that the answers raised."""

    code: str
    message: str
    effect: RedFlagEffect

    @classmethod
    def by(cls, rule: RedFlagRule) -> "RaisedFlag":
        """The flag that a rule raises."""
        return cls(code=rule.code, message=rule.message, effect=rule.effect)


@frozen(kw_only=True)
class CheckedAnswers:
    """
    Answers that fit their questions; perhaps not all of them yet.

    Args:
        answers: As plain JSON values in one canonical spelling.
        enabled: The link ids that are asked, given these answers.
        missing: The required questions that are still open.
    """

    answers: Mapping[str, Any]
    enabled: frozenset[str]
    missing: tuple[str, ...]
    red_flags: tuple[RaisedFlag, ...]

    @property
    def stops(self) -> tuple[RaisedFlag, ...]:
        """The flags that send the patient to urgent care."""
        return tuple(flag for flag in self.red_flags if flag.effect is RedFlagEffect.STOP)

    @property
    def is_complete(self) -> bool:
        """Whether every required question is answered."""
        return not self.missing

    def require_complete(self) -> None:
        """
        Insist on an answer to every required question.

        Raises:
            AnswersMissing: One is open.
        """
        if self.missing:
            raise AnswersMissing("Some questions still need an answer.", link_ids=self.missing)


def check_answers(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> CheckedAnswers:
    """
    Check answers as far as they go.

    Raises:
        UnknownQuestion: A link id that is not in the questionnaire, or takes no answer.
        UnfitAnswer: A wrong type, an unknown option, a number out of bounds, too long a text.
        QuestionNotAsked: An answer to an item that the other answers rule out.
    """
    values = read_answers(questionnaire, answers)
    enabled = questionnaire.enabled(values)
    for link_id in values:
        if link_id not in enabled:
            raise QuestionNotAsked(
                "Your other answers rule this question out.", field=f"answers.{link_id}"
            )
    return CheckedAnswers(
        answers=_plain(questionnaire, values),
        enabled=enabled,
        missing=tuple(
            item.link_id
            for item in questionnaire.walk()
            if item.required and item.link_id in enabled and item.link_id not in values
        ),
        red_flags=tuple(
            RaisedFlag.by(rule) for rule in questionnaire.red_flags if rule.when.holds(values)
        ),
    )


def prune_answers(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> dict[str, Any]:
    """
    Drop the answers to items that a later change of mind ruled out.

    Raises:
        UnknownQuestion: A link id that is not in the questionnaire, or takes no answer.
        UnfitAnswer: As for `check_answers`.
    """
    values = read_answers(questionnaire, answers)
    enabled = questionnaire.enabled(values)
    return {
        link_id: plain
        for link_id, plain in _plain(questionnaire, values).items()
        if link_id in enabled
    }


def read_answers(
    questionnaire: Questionnaire, answers: Mapping[str, Any]
) -> dict[str, tuple[Scalar, ...]]:
    """
    Give plain answers their types; empty ones (null, blank, an empty list) are left out.

    Raises:
        UnknownQuestion: A link id that is not in the questionnaire, or takes no answer.
        UnfitAnswer: As for `check_answers`.
    """
    values: dict[str, tuple[Scalar, ...]] = {}
    for link_id, plain in answers.items():
        item = questionnaire.find(link_id)
        if item is None or not item.type.is_question:
            raise UnknownQuestion("There is no such question.", field=f"answers.{link_id}")
        given = _given(item, plain)
        if given:
            values[link_id] = tuple(_READERS[item.type](item, one) for one in given)
    return values


def _given(item: Item, plain: object) -> list[Any]:
    if item.repeats:
        if plain is None:
            return []
        if not isinstance(plain, list | tuple):
            raise _unfit(item, "Give a list of answers.")
        if len(plain) > _MOST_REPEATS:
            raise _unfit(item, f"At most {_MOST_REPEATS} answers.")
        return [one for one in plain if not _is_blank(one)]
    return [] if _is_blank(plain) else [plain]


def _is_blank(plain: object) -> bool:
    return plain is None or (isinstance(plain, str) and not plain.strip())


def _unfit(item: Item, message: str) -> UnfitAnswer:
    return UnfitAnswer(message, field=f"answers.{item.link_id}")


def _boolean(item: Item, plain: object) -> Scalar:
    if not isinstance(plain, bool):
        raise _unfit(item, "Answer with true or false.")
    return plain


def _choice(item: Item, plain: object) -> Scalar:
    if not isinstance(plain, str) or plain not in {option.code for option in item.options}:
        raise _unfit(item, "Choose one of the options.")
    return plain


def _text(item: Item, plain: object) -> Scalar:
    longest = item.max_length or _LONGEST_TEXT
    if not isinstance(plain, str):
        raise _unfit(item, "Answer in words.")
    if len(plain) > longest:
        raise _unfit(item, f"At most {longest} characters.")
    return plain.strip()


def _integer(item: Item, plain: object) -> Scalar:
    if isinstance(plain, bool) or not isinstance(plain, int):
        raise _unfit(item, "Answer with a whole number.")
    _check_limits(item, Decimal(plain))
    return plain


def _decimal(item: Item, plain: object) -> Scalar:
    try:
        if isinstance(plain, bool) or not isinstance(plain, int | float | str | Decimal):
            raise _unfit(item, "Answer with a number.")
        number = Decimal(str(plain))
    except InvalidOperation as unreadable:
        raise _unfit(item, "Answer with a number.") from unreadable
    if not number.is_finite():
        raise _unfit(item, "Answer with a number.")
    _check_limits(item, number)
    return number


def _check_limits(item: Item, number: Decimal) -> None:
    if item.minimum is not None and number < item.minimum:
        raise _unfit(item, f"At least {item.minimum}.")
    if item.maximum is not None and number > item.maximum:
        raise _unfit(item, f"At most {item.maximum}.")


def _date(item: Item, plain: object) -> Scalar:
    if not isinstance(plain, str):
        raise _unfit(item, "Write the date as 2026-03-29.")
    try:
        return date.fromisoformat(plain)
    except ValueError as unreadable:
        raise _unfit(item, "Write the date as 2026-03-29.") from unreadable


def _attachment(item: Item, plain: object) -> Scalar:
    if not isinstance(plain, str):
        raise _unfit(item, "Name an uploaded document.")
    try:
        from_wire("document", plain)
    except InvalidInput as unreadable:
        raise _unfit(item, "Name an uploaded document.") from unreadable
    return plain


_READERS: Mapping[ItemType, Callable[[Item, Any], Scalar]] = {
    ItemType.BOOLEAN: _boolean,
    ItemType.CHOICE: _choice,
    ItemType.TEXT: _text,
    ItemType.INTEGER: _integer,
    ItemType.DECIMAL: _decimal,
    ItemType.DATE: _date,
    ItemType.ATTACHMENT: _attachment,
}


def _plain(
    questionnaire: Questionnaire, values: Mapping[str, tuple[Scalar, ...]]
) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for item in questionnaire.walk():
        given = [_plain_scalar(value) for value in values.get(item.link_id, ())]
        if given:
            plain[item.link_id] = given if item.repeats else given[0]
    return plain


def _plain_scalar(value: Scalar) -> bool | int | str:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
