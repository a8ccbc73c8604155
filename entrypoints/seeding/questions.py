"""
Words to write a service with: kinds of question, red flags, what services share.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Values = dict[str, Any]

EMERGENCY = "Call 000 now or go to the nearest emergency department."


def answered(question: str, value: object, operator: str = "=") -> Values:
    return {"question": question, "operator": operator, "value": value}


def choice(link_id: str, text: str, options: Mapping[str, str], **more: Any) -> Values:
    codes = [{"code": code, "display": display} for code, display in options.items()]
    return {"link_id": link_id, "type": "choice", "text": text, "options": codes, **more}


def yes_no(link_id: str, text: str, **more: Any) -> Values:
    return {"link_id": link_id, "type": "boolean", "text": text, "required": True, **more}


def words(link_id: str, text: str, **more: Any) -> Values:
    return {"link_id": link_id, "type": "text", "text": text, "max_length": 2000, **more}


def number(link_id: str, text: str, least: int, most: int, **more: Any) -> Values:
    limits = {"minimum": least, "maximum": most}
    return {"link_id": link_id, "type": "integer", "text": text, **limits, **more}


def group(link_id: str, text: str, items: Sequence[Values], **more: Any) -> Values:
    return {"link_id": link_id, "type": "group", "text": text, "items": list(items), **more}


def display(link_id: str, text: str) -> Values:
    return {"link_id": link_id, "type": "display", "text": text}


def flag(code: str, message: str, when: Values, effect: str = "stop") -> Values:
    return {"code": code, "message": message, "when": when, "effect": effect}


PREGNANT = choice(
    "pregnancy",
    "Are you pregnant, or could you be?",
    {"no": "No", "possibly": "Possibly", "yes": "Yes", "not_applicable": "Does not apply to me"},
    required=True,
)
PREGNANCY_FLAG = flag(
    "pregnancy",
    "May be pregnant: check every medicine for it.",
    {"any": [answered("pregnancy", "yes"), answered("pregnancy", "possibly")]},
    "warn",
)
WRITTEN_REFUND = [
    {"applies_when": "before_claim", "refund_percent": 100},
    {"applies_when": "before_open", "refund_percent": 50},
]
VISIT_REFUND = [
    {"applies_when": "before_claim", "refund_percent": 100},
    {"applies_when": "hours_before_appointment", "hours": 24, "refund_percent": 100},
    {"applies_when": "hours_before_appointment", "hours": 4, "refund_percent": 50},
]
# Medical services of a physician are free of GST in Australia.
IN_AUSTRALIA = {"currency": "AUD", "tax_minor": 0}
