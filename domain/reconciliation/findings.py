"""
The twelve ways in which our books and somebody else's can differ.
"""

from datetime import timedelta
from enum import StrEnum

from attrs import field, frozen

from domain.identity.role import Role
from domain.reconciliation.items import Item, Place, gaps, sorted_items
from domain.shared.money import Money


class Severity(StrEnum):
    """How soon somebody has to look."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class BreakKind(StrEnum):
    """What is wrong."""

    MISSING_HERE = "missing_here"  # they tell it, our books do not
    MISSING_THERE = "missing_there"  # our books tell it, they do not
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    DUPLICATE_HERE = "duplicate_here"  # booked twice
    DUPLICATE_THERE = "duplicate_there"  # they did it, or tell it, twice
    TIMING = "timing"  # its counterpart can still come
    FEE_DIFFERS = "fee_differs"
    FX_DIFFERS = "fx_differs"  # the exchange rate was another
    STATUS_DIFFERS = "status_differs"  # done here, undone there, or the other way round
    UNKNOWN_REFERENCE = "unknown_reference"  # a bank line that nobody can name
    BALANCE_DIFFERS = "balance_differs"  # their balance is not the sum of their items

    @property
    def severity(self) -> Severity:
        """When it is new."""
        return _SEVERITIES[self]

    @property
    def owner(self) -> Role:
        """Whose task it is until a person takes it on."""
        return Role.ADMINISTRATOR if self is BreakKind.BALANCE_DIFFERS else Role.FINANCE

    @property
    def is_explained(self) -> bool:
        """Whether the kind itself says why, so that a period may close over it."""
        return self is BreakKind.TIMING


_SEVERITIES = {
    BreakKind.MISSING_HERE: Severity.HIGH,
    BreakKind.MISSING_THERE: Severity.HIGH,
    BreakKind.AMOUNT_DIFFERS: Severity.HIGH,
    BreakKind.CURRENCY_DIFFERS: Severity.HIGH,
    BreakKind.DUPLICATE_HERE: Severity.MEDIUM,
    BreakKind.DUPLICATE_THERE: Severity.HIGH,
    BreakKind.TIMING: Severity.LOW,
    BreakKind.FEE_DIFFERS: Severity.MEDIUM,
    BreakKind.FX_DIFFERS: Severity.MEDIUM,
    BreakKind.STATUS_DIFFERS: Severity.HIGH,
    BreakKind.UNKNOWN_REFERENCE: Severity.MEDIUM,
    BreakKind.BALANCE_DIFFERS: Severity.HIGH,
}
_OVERDUE = timedelta(days=7)


def severity_at_age(kind: BreakKind, age: timedelta) -> Severity:
    """What has waited for a week is severe, whatever it is; timing heals or changes its kind."""
    if age >= _OVERDUE and kind is not BreakKind.TIMING:
        return Severity.HIGH
    return kind.severity


@frozen(kw_only=True)
class Finding:
    """
    One difference.

    Args:
        subject: Names the difference: the key of its first item, theirs before ours.
        differences: By place, what theirs is more than ours.
        reason: In words, how it was told.
    """

    kind: BreakKind
    items: tuple[Item, ...] = field(converter=sorted_items)
    reason: str
    subject: str = field()
    differences: dict[Place, Money] = field()

    @subject.default
    def _first(self) -> str:
        return min(self.items, key=lambda item: (item.is_ours, item.at, item.key)).key

    @differences.default
    def _gaps(self) -> dict[Place, Money]:
        return gaps(self.items)
