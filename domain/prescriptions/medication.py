"""
Medicines that can be prescribed, and which of them a prescriber meant.
"""

from decimal import Decimal

from attrs import frozen

from domain.shared.errors import InvalidInput


class MedicationUnknown(InvalidInput):
    """The catalogue has no medicine of that code."""


@frozen(kw_only=True)
class Ingredient:
    """
    An active substance, and how much of it is in one unit of the form.

    `rxcui` is its RxNorm concept where one is known.
    """

    code: str
    name: str
    amount: Decimal
    amount_unit: str
    rxcui: str | None = None


@frozen(kw_only=True)
class Medication:
    """
    A generic medicine in one form and strength.

    Args:
        dose_unit: What is counted out: tablet, capsule, mL, puff, application.
        controlled: Needs a second factor when it is signed.
        max_repeats: How often it may be supplied again.
    """

    code: str
    name: str
    form: str
    strength: str
    route: str
    dose_unit: str
    ingredients: tuple[Ingredient, ...]
    controlled: bool = False
    max_repeats: int = 5

    @property
    def title(self) -> str:
        """Name, strength and form, as on the label."""
        return f"{self.name} {self.strength} {self.form}"

    @property
    def ingredient_codes(self) -> frozenset[str]:
        """Its active substances."""
        return frozenset(ingredient.code for ingredient in self.ingredients)
