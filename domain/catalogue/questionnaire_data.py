"""
A questionnaire as plain JSON values: how it is stored, published and served.

    {"title": "Migraine", "items": [
        {"link_id": "onset", "type": "choice", "text": "How did it begin?", "required": true,
         "options": [{"code": "sudden", "display": "Within a minute"}, …]},
        {"link_id": "aura", "type": "boolean", "text": "…",
         "enable_when": [{"question": "onset", "operator": "=", "value": "gradual"}]}],
     "red_flags": [
        {"code": "thunderclap_headache", "effect": "stop", "message": "…",
         "when": {"all": [{"question": "onset", "operator": "=", "value": "sudden"}]}}]}

Dates and decimals in conditions are written as text and read by the type of the item
that they are compared with.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.catalogue.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Expression,
    Not,
    Operator,
    RedFlagEffect,
    RedFlagRule,
    Scalar,
)
from domain.catalogue.questionnaire import (
    EnableBehavior,
    Item,
    ItemType,
    MalformedQuestionnaire,
    Option,
    Questionnaire,
)

_ITEM_KEYS = frozenset(
    {
        "link_id",
        "type",
        "text",
        "help",
        "unit",
        "required",
        "repeats",
        "options",
        "enable_when",
        "enable_behavior",
        "minimum",
        "maximum",
        "max_length",
        "items",
    }
)
_Types = Mapping[str, ItemType]


def questionnaire_from_data(data: Mapping[str, Any]) -> Questionnaire:
    """
    Read a questionnaire from plain values.

    Raises:
        MalformedQuestionnaire: Something is missing, unknown or of the wrong kind.
    """
    try:
        types = dict(_types(data["items"]))
        return Questionnaire(
            title=data["title"],
            items=tuple(_item(item, types) for item in data["items"]),
            red_flags=tuple(_red_flag(rule, types) for rule in data.get("red_flags", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as unreadable:
        raise MalformedQuestionnaire(
            f"The questionnaire cannot be read: {unreadable}.", field="questionnaire"
        ) from unreadable


def questionnaire_data(questionnaire: Questionnaire) -> dict[str, Any]:
    """Write a questionnaire as plain values that `questionnaire_from_data` reads."""
    return {
        "title": questionnaire.title,
        "items": [_item_data(item) for item in questionnaire.items],
        "red_flags": [
            {
                "code": rule.code,
                "when": _expression_data(rule.when),
                "message": rule.message,
                "effect": rule.effect.value,
            }
            for rule in questionnaire.red_flags
        ],
    }


def _types(items: Sequence[Mapping[str, Any]]) -> list[tuple[str, ItemType]]:
    found: list[tuple[str, ItemType]] = []
    for item in items:
        found.append((item["link_id"], ItemType(item["type"])))
        found.extend(_types(item.get("items", ())))
    return found


def _item(data: Mapping[str, Any], types: _Types) -> Item:
    unknown = sorted(set(data) - _ITEM_KEYS)
    if unknown:
        raise MalformedQuestionnaire(
            f"An item has no {', '.join(unknown)}.", field=str(data.get("link_id"))
        )
    return Item(
        link_id=data["link_id"],
        type=ItemType(data["type"]),
        text=data["text"],
        help=data.get("help"),
        unit=data.get("unit"),
        required=data.get("required", False),
        repeats=data.get("repeats", False),
        options=tuple(
            Option(option["code"], option["display"]) for option in data.get("options", ())
        ),
        enable_when=tuple(_condition(one, types) for one in data.get("enable_when", ())),
        enable_behavior=EnableBehavior(data.get("enable_behavior", "all")),
        minimum=_decimal(data.get("minimum")),
        maximum=_decimal(data.get("maximum")),
        max_length=data.get("max_length"),
        items=tuple(_item(item, types) for item in data.get("items", ())),
    )


def _decimal(value: str | int | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _condition(data: Mapping[str, Any], types: _Types) -> Condition:
    operator = Operator(data["operator"])
    value: Scalar = data["value"]
    if operator is not Operator.EXISTS:
        kind = types.get(data["question"])
        if kind is ItemType.DATE:
            value = date.fromisoformat(data["value"])
        elif kind is ItemType.DECIMAL:
            value = Decimal(str(data["value"]))
    return Condition(question=data["question"], operator=operator, value=value)


def _red_flag(data: Mapping[str, Any], types: _Types) -> RedFlagRule:
    return RedFlagRule(
        code=data["code"],
        when=_expression(data["when"], types),
        message=data["message"],
        effect=RedFlagEffect(data.get("effect", "stop")),
    )


def _expression(data: Mapping[str, Any], types: _Types) -> Expression:
    if "all" in data:
        return AllOf(tuple(_expression(part, types) for part in data["all"]))
    if "any" in data:
        return AnyOf(tuple(_expression(part, types) for part in data["any"]))
    if "not" in data:
        return Not(_expression(data["not"], types))
    return _condition(data, types)


def _item_data(item: Item) -> dict[str, Any]:
    optional = {
        "help": item.help,
        "unit": item.unit,
        "required": item.required or None,
        "repeats": item.repeats or None,
        "options": [{"code": one.code, "display": one.display} for one in item.options],
        "enable_when": [_condition_data(condition) for condition in item.enable_when],
        "enable_behavior": item.enable_behavior.value if item.enable_when else None,
        "minimum": None if item.minimum is None else str(item.minimum),
        "maximum": None if item.maximum is None else str(item.maximum),
        "max_length": item.max_length,
        "items": [_item_data(part) for part in item.items],
    }
    return {
        "link_id": item.link_id,
        "type": item.type.value,
        "text": item.text,
        **{key: value for key, value in optional.items() if value not in (None, [])},
    }


def _condition_data(condition: Condition) -> dict[str, Any]:
    value: object = condition.value
    if isinstance(value, Decimal):
        value = str(value)
    elif isinstance(value, date):
        value = value.isoformat()
    return {
        "question": condition.question,
        "operator": condition.operator.value,
        "value": value,
    }


def _expression_data(expression: Expression) -> dict[str, Any]:
    if isinstance(expression, AllOf):
        return {"all": [_expression_data(part) for part in expression.parts]}
    if isinstance(expression, AnyOf):
        return {"any": [_expression_data(part) for part in expression.parts]}
    if isinstance(expression, Not):
        return {"not": _expression_data(expression.part)}
    return _condition_data(expression)
