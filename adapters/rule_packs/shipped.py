"""
The rule packs that ship with the platform: dated files, each in force between two days.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from domain.prescriptions.rule_pack import (
    IngredientRule,
    InteractionRule,
    RulePack,
    Severity,
)


class ShippedRulePacks:
    """Every shipped pack, read once; of several in force the newest counts."""

    def __init__(self) -> None:
        self._packs = sorted(
            (
                read_pack(json.loads(one.read_text(encoding="utf-8")))
                for one in files(__package__).iterdir()
                if one.name.endswith(".json")
            ),
            key=lambda pack: pack.version,
            reverse=True,
        )

    def current(self, on: date) -> RulePack | None:
        """The pack in force on a day; None when there is none."""
        return next((pack for pack in self._packs if pack.in_force(on)), None)


def read_pack(data: Mapping[str, Any]) -> RulePack:
    """Read a pack as it is written in a file."""
    return RulePack(
        version=data["version"],
        effective_from=date.fromisoformat(data["effective_from"]),
        effective_until=date.fromisoformat(data["effective_until"]),
        ingredients={row["code"]: _ingredient(row) for row in data["ingredients"]},
        interactions=tuple(
            InteractionRule(
                pair=frozenset(row["pair"]),
                severity=Severity(row["severity"]),
                effect=row["effect"],
            )
            for row in data["interactions"]
        ),
    )


def _ingredient(row: Mapping[str, Any]) -> IngredientRule:
    pregnancy = row.get("pregnancy")
    return IngredientRule(
        code=row["code"],
        allergy_classes=frozenset(row["allergy_classes"]),
        therapy_classes=frozenset(row["therapy_classes"]),
        max_daily=Decimal(row["max_daily"]) if "max_daily" in row else None,
        max_daily_unit=row.get("max_daily_unit", "mg"),
        minimum_age=row.get("minimum_age"),
        pregnancy=Severity(pregnancy) if pregnancy else None,
        conditions={
            condition: Severity(severity)
            for condition, severity in row.get("conditions", {}).items()
        },
    )
