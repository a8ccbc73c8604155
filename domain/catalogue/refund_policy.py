"""
What comes back to a patient who cancels, as data that is frozen with the booking.

Of the rules that hold, the most generous decides; where none holds, nothing comes back.
A visit that the platform or the physician called off is refunded in full elsewhere:
this is about a patient's own change of mind.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from attrs import field, frozen, validators

from domain.shared.errors import InvalidInput
from domain.shared.money import Money

_WHOLE = 100


class MalformedRefundPolicy(InvalidInput):
    """A rule that cannot be applied to any cancellation."""


class RefundCase(StrEnum):
    """When a rule holds."""

    BEFORE_CLAIM = "before_claim"  # no physician has taken it yet
    BEFORE_OPEN = "before_open"  # taken, but the physician has not begun
    HOURS_BEFORE_APPOINTMENT = "hours_before_appointment"  # and at least so many hours are left
    AFTER_COMPLETION = "after_completion"  # goodwill once the visit is over


@frozen(kw_only=True)
class RefundRule:
    """A case and the share of the price that comes back in it."""

    applies_when: RefundCase
    refund_percent: int = field(validator=validators.instance_of(int))
    hours: int | None = None

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.refund_percent <= _WHOLE:
            raise MalformedRefundPolicy(
                "A share lies between 0 and 100 percent.", field="refund_policy.refund_percent"
            )
        needs_hours = self.applies_when is RefundCase.HOURS_BEFORE_APPOINTMENT
        if needs_hours != (self.hours is not None) or (self.hours or 0) < 0:
            raise MalformedRefundPolicy(
                "Hours belong to the rule about hours before the appointment, and only there.",
                field="refund_policy.hours",
            )


@frozen(kw_only=True)
class RefundFacts:
    """How far a consultation has come when the patient cancels."""

    now: datetime
    claimed: bool = False
    opened: bool = False
    completed: bool = False
    appointment_at: datetime | None = None


@frozen
class RefundPolicy:
    """Rules in no particular order."""

    rules: tuple[RefundRule, ...]

    def percent(self, facts: RefundFacts) -> int:
        """The share of the price that comes back, 0 to 100."""
        return max(
            (rule.refund_percent for rule in self.rules if _holds(rule, facts)),
            default=0,
        )

    def refund(self, price: Money, facts: RefundFacts) -> Money:
        """What comes back of a price; a split cent stays with the patient."""
        percent = self.percent(facts)
        if percent in (0, _WHOLE):
            return price if percent else Money.zero(price.currency)
        return price.allocate((percent, _WHOLE - percent))[0]

    def data(self) -> list[dict[str, Any]]:
        """The rules as plain values, for storage and for the outside."""
        return [
            {
                "applies_when": rule.applies_when.value,
                "refund_percent": rule.refund_percent,
                **({} if rule.hours is None else {"hours": rule.hours}),
            }
            for rule in self.rules
        ]

    @classmethod
    def from_data(cls, rules: Sequence[Mapping[str, Any]]) -> Self:
        """
        Read what `data` wrote, or what an operator did.

        Raises:
            MalformedRefundPolicy: An unknown case, a share that is not one, stray hours.
        """
        try:
            return cls(
                tuple(
                    RefundRule(
                        applies_when=RefundCase(rule["applies_when"]),
                        refund_percent=rule["refund_percent"],
                        hours=rule.get("hours"),
                    )
                    for rule in rules
                )
            )
        except (KeyError, TypeError, ValueError) as unreadable:
            raise MalformedRefundPolicy(
                "A refund rule needs applies_when and refund_percent.", field="refund_policy"
            ) from unreadable


def _holds(rule: RefundRule, facts: RefundFacts) -> bool:
    if rule.applies_when is RefundCase.AFTER_COMPLETION:
        return facts.completed
    if facts.opened or facts.completed:
        return False
    if rule.applies_when is RefundCase.BEFORE_CLAIM:
        return not facts.claimed
    if rule.applies_when is RefundCase.BEFORE_OPEN:
        return True
    return facts.appointment_at is not None and facts.now <= facts.appointment_at - timedelta(
        hours=rule.hours or 0
    )
