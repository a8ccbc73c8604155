"""
The dated rules that a prescription is screened by.

They are data: a pack states from when until when it is in force, and where no pack is
in force nothing can be signed.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen


class Severity(StrEnum):
    """How grave a finding is."""

    CONTRAINDICATED = "contraindicated"  # may be signed only with a coded reason
    WARNING = "warning"  # has to be acknowledged


class Pregnancy(StrEnum):
    """Whether a patient is pregnant."""

    PREGNANT = "pregnant"
    NOT_PREGNANT = "not_pregnant"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@frozen(kw_only=True)
class IngredientRule:
    """
    What is known of one active substance.

    Args:
        allergy_classes: Who is allergic to one of these may react to it.
        therapy_classes: Two of the same class are a duplicate therapy.
        max_daily: The most in a day, in `max_daily_unit`; None where none is stated.
        minimum_age: In years; younger is contraindicated.
        pregnancy: How grave it is in pregnancy; None when it may be used.
        conditions: Coded conditions and how grave it is with each.
    """

    code: str
    allergy_classes: frozenset[str] = frozenset()
    therapy_classes: frozenset[str] = frozenset()
    max_daily: Decimal | None = None
    max_daily_unit: str = "mg"
    minimum_age: int | None = None
    pregnancy: Severity | None = None
    conditions: Mapping[str, Severity] = field(factory=dict)


@frozen(kw_only=True)
class InteractionRule:
    """Two substances, or classes of them, that do not go together, and why."""

    pair: frozenset[str]
    severity: Severity
    effect: str


@frozen(kw_only=True)
class RulePack:
    """A version of all rules, with the days on which it is in force (both included)."""

    version: str
    effective_from: date
    effective_until: date
    ingredients: Mapping[str, IngredientRule]
    interactions: tuple[InteractionRule, ...]

    def in_force(self, on: date) -> bool:
        """Whether prescriptions of that day are screened by it."""
        return self.effective_from <= on <= self.effective_until

    def groups_of(self, ingredient: str) -> frozenset[str]:
        """The substance itself and its therapy classes: what interactions may name."""
        rule = self.ingredients.get(ingredient)
        return frozenset({ingredient}) | (rule.therapy_classes if rule else frozenset())
