"""
The catalogue of medicines that ships with the platform: a dated file of generics.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib.resources import files
from typing import Any

from domain.prescriptions.medication import Ingredient, Medication, MedicationUnknown


class ShippedMedications:
    """
    The newest shipped file, read once. `version` is its date.
    """

    def __init__(self) -> None:
        shipped = [one for one in files(__package__).iterdir() if one.name.endswith(".json")]
        newest = max(shipped, key=lambda one: one.name)
        data = json.loads(newest.read_text(encoding="utf-8"))
        self.version: str = data["version"]
        self._by_code = {row["code"]: _medication(row) for row in data["medications"]}

    def search(self, words: str, *, limit: int) -> Sequence[Medication]:
        """Medicines in whose title every word begins some word; by name first."""
        wanted = words.casefold().replace("/", " ").split()
        if not wanted:
            return []
        found = [one for one in self._by_code.values() if _fits(one, wanted)]
        found.sort(key=lambda one: (not one.name.casefold().startswith(wanted[0]), _order(one)))
        return found[:limit]

    def get(self, code: str) -> Medication:
        try:
            return self._by_code[code]
        except KeyError:
            raise MedicationUnknown("There is no such medicine.", field="medication_code") from None

    def all(self) -> Sequence[Medication]:
        """Every medicine, by title."""
        return sorted(self._by_code.values(), key=_order)


def _fits(medication: Medication, wanted: Sequence[str]) -> bool:
    title = medication.title.casefold().replace("/", " ").split()
    return all(any(word.startswith(one) for word in title) for one in wanted)


def _order(medication: Medication) -> tuple[str, Decimal, str]:
    return (medication.name, medication.ingredients[0].amount, medication.form)


def _medication(row: Mapping[str, Any]) -> Medication:
    return Medication(
        code=row["code"],
        name=row["name"],
        form=row["form"],
        strength=row["strength"],
        route=row["route"],
        dose_unit=row["dose_unit"],
        controlled=row["controlled"],
        max_repeats=row["max_repeats"],
        ingredients=tuple(
            Ingredient(
                code=one["code"],
                name=one["name"],
                amount=Decimal(one["amount"]),
                amount_unit=one["amount_unit"],
                rxcui=one["rxcui"],
            )
            for one in row["ingredients"]
        ),
    )
