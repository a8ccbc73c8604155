"""
Who may use a service. It is decided again when the intake is handed in.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Self

from attrs import frozen

from domain.shared.errors import InvalidInput, NotPermitted
from domain.shared.jurisdiction import Jurisdiction

_OLDEST = 130
_SEXES = frozenset({"female", "male", "other", "unknown"})


class MalformedEligibility(InvalidInput):
    """Limits that nobody could be within."""


class Ineligibility(StrEnum):
    """Why somebody may not use a service."""

    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"
    SEX = "sex"
    PLACE = "place"


_IN_WORDS = {
    Ineligibility.TOO_YOUNG: "This service is for older patients.",
    Ineligibility.TOO_OLD: "This service is for younger patients.",
    Ineligibility.SEX: "This service does not apply to you.",
    Ineligibility.PLACE: "This service is not offered where you are.",
}


class NotEligible(NotPermitted):
    """
    The patient is outside the limits of the service.

    Args:
        reasons: Each limit that they are outside of.
    """

    def __init__(self, reasons: tuple[Ineligibility, ...]) -> None:
        super().__init__(" ".join(_IN_WORDS[reason] for reason in reasons))
        self.reasons = reasons


@frozen(kw_only=True)
class Eligibility:
    """
    The limits of a service.

    Args:
        jurisdictions: Where the patient must be; a country includes its parts.
        sexes: Administrative gender in FHIR's words; empty for all.
    """

    jurisdictions: tuple[Jurisdiction, ...]
    minimum_age: int = 18
    maximum_age: int | None = None
    sexes: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        if not self.jurisdictions:
            raise MalformedEligibility(
                "Name at least one place.", field="eligibility.jurisdictions"
            )
        eldest = _OLDEST if self.maximum_age is None else self.maximum_age
        if not 0 <= self.minimum_age <= eldest <= _OLDEST:
            raise MalformedEligibility("The ages leave nobody.", field="eligibility.minimum_age")
        if not self.sexes <= _SEXES:
            raise MalformedEligibility(
                "Sexes are female, male, other or unknown.", field="eligibility.sexes"
            )

    def reasons_against(
        self, *, born_on: date, sex: str, place: Jurisdiction, on: date
    ) -> tuple[Ineligibility, ...]:
        """Every limit that the patient is outside of, on a day; none for one who may use it."""
        age = age_on(born_on=born_on, on=on)
        against = {
            Ineligibility.TOO_YOUNG: age < self.minimum_age,
            Ineligibility.TOO_OLD: self.maximum_age is not None and age > self.maximum_age,
            Ineligibility.SEX: bool(self.sexes) and sex not in self.sexes,
            Ineligibility.PLACE: not self.is_offered_in(place),
        }
        return tuple(reason for reason, holds in against.items() if holds)

    def require(self, *, born_on: date, sex: str, place: Jurisdiction, on: date) -> None:
        """
        Insist that the patient is within all limits.

        Raises:
            NotEligible: With each reason.
        """
        reasons = self.reasons_against(born_on=born_on, sex=sex, place=place, on=on)
        if reasons:
            raise NotEligible(reasons)

    def is_offered_in(self, place: Jurisdiction) -> bool:
        """Whether a patient there may use it."""
        return any(offered.covers(place) for offered in self.jurisdictions)

    def data(self) -> dict[str, Any]:
        """The limits as plain JSON values."""
        return {
            "jurisdictions": [place.code for place in self.jurisdictions],
            "minimum_age": self.minimum_age,
            "maximum_age": self.maximum_age,
            "sexes": sorted(self.sexes),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """
        Read what `data` wrote, or what an operator did.

        Raises:
            MalformedEligibility: Something is missing or of the wrong kind.
        """
        try:
            return cls(
                jurisdictions=tuple(Jurisdiction(code) for code in data["jurisdictions"]),
                minimum_age=data.get("minimum_age", 18),
                maximum_age=data.get("maximum_age"),
                sexes=frozenset(data.get("sexes", ())),
            )
        except (KeyError, TypeError) as unreadable:
            raise MalformedEligibility(
                "Eligibility needs jurisdictions, and ages in years.", field="eligibility"
            ) from unreadable


def age_on(*, born_on: date, on: date) -> int:
    """Completed years; who was born on 29 February is a year older on 1 March."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
