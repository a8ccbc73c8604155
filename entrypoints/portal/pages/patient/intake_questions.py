"""
A questionnaire as steps of a form, and what is typed there as answers.

A group of the questionnaire is a step; questions outside of groups share steps of three.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from attrs import frozen

from domain.catalogue.questionnaire import Item, ItemType, Questionnaire

_AT_A_TIME = 3


@dataclass(frozen=True)
class Choice:
    """One of the answers that are offered."""

    code: str
    words: str
    chosen: bool


@dataclass(frozen=True)
class Question:
    """A question as it stands in the form."""

    link_id: str
    kind: str
    text: str
    help: str
    unit: str
    required: bool
    value: str
    choices: list[Choice]
    files: list[str]
    minimum: str
    maximum: str
    mistake: str


@frozen
class Step:
    """Questions that are answered together."""

    title: str
    items: tuple[Item, ...]


def steps_of(questionnaire: Questionnaire, asked: frozenset[str]) -> tuple[Step, ...]:
    """The steps that have something to ask, given the answers so far."""
    steps = (
        Step(step.title, tuple(item for item in step.items if item.link_id in asked))
        for step in _all_steps(questionnaire)
    )
    return tuple(step for step in steps if any(item.type.is_question for item in step.items))


def question_of(item: Item, answers: Mapping[str, Any], *, mistake: str = "") -> Question:
    """The question with its answer so far."""
    answer = answers.get(item.link_id)
    given = [str(one) for one in (answer if isinstance(answer, list | tuple) else [answer])]
    return Question(
        link_id=item.link_id,
        kind=_kind(item),
        text=item.text,
        help=item.help or "",
        unit=item.unit or "",
        required=item.required,
        value="" if answer is None or isinstance(answer, list | tuple) else _typed(answer),
        choices=_choices(item, answer),
        files=given if item.type is ItemType.ATTACHMENT and answer else [],
        minimum="" if item.minimum is None else str(item.minimum),
        maximum="" if item.maximum is None else str(item.maximum),
        mistake=mistake,
    )


def read_answer(item: Item, typed: Any, before: Any) -> Any:
    """
    What was typed or pressed, as the plain value that the questionnaire's answer has.

    Text that is no number where one is asked is passed on as it is: the check of the
    answers says in words how to mend it.
    """
    if item.type is ItemType.BOOLEAN:
        return {"yes": True, "no": False}.get(str(typed))
    if item.type is ItemType.INTEGER:
        text = str(typed).strip()
        return int(text) if text.lstrip("-").isdigit() else (text or None)
    if item.repeats and item.type is ItemType.CHOICE:
        return _toggled(before, str(typed))
    return str(typed)


def _all_steps(questionnaire: Questionnaire) -> Iterator[Step]:
    loose: list[Item] = []
    for item in questionnaire.items:
        if item.type is not ItemType.GROUP:
            loose.append(item)
            continue
        yield from _in_threes(loose, questionnaire.title)
        loose = []
        inside = tuple(one for one in item.walk() if one.type is not ItemType.GROUP)
        yield Step(item.text, inside)
    yield from _in_threes(loose, questionnaire.title)


def _in_threes(items: list[Item], title: str) -> Iterator[Step]:
    for start in range(0, len(items), _AT_A_TIME):
        yield Step(title, tuple(items[start : start + _AT_A_TIME]))


def _kind(item: Item) -> str:
    if item.type is ItemType.BOOLEAN:
        return "choice"
    if item.type is ItemType.CHOICE and item.repeats:
        return "choices"
    return item.type.value


def _choices(item: Item, answer: Any) -> list[Choice]:
    if item.type is ItemType.BOOLEAN:
        return [Choice("yes", "Yes", answer is True), Choice("no", "No", answer is False)]
    given = answer if isinstance(answer, list | tuple) else [answer]
    return [Choice(one.code, one.display, one.code in given) for one in item.options]


def _typed(answer: Any) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return str(answer)


def _toggled(before: Any, code: str) -> list[str]:
    chosen = [str(one) for one in before] if isinstance(before, list | tuple) else []
    return [one for one in chosen if one != code] if code in chosen else [*chosen, code]
