"""
How a medicine is taken: built from parts, so that it can be checked and said in plain words.
"""

from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from domain.shared.errors import InvalidInput

_LONGEST_NOTE = 300
_MOST_DAYS = 365
_HOURS_A_DAY = 24


class DosageUnfit(InvalidInput):
    """Nobody could take it like that."""


class Timing(StrEnum):
    """When, relative to meals and the day."""

    ANY = "any"
    WITH_FOOD = "with_food"
    BEFORE_FOOD = "before_food"
    IN_THE_MORNING = "in_the_morning"
    AT_NIGHT = "at_night"


_TIMING_WORDS = {
    Timing.ANY: "",
    Timing.WITH_FOOD: "with food",
    Timing.BEFORE_FOOD: "before food",
    Timing.IN_THE_MORNING: "in the morning",
    Timing.AT_NIGHT: "at night",
}
_TIMES_WORDS = {1: "once a day", 2: "twice a day"}
_ROUTE_VERBS = {
    "oral": "Take",
    "inhalation": "Inhale",
    "topical": "Apply",
    "nasal": "Use",
    "ophthalmic": "Use",
    "vaginal": "Use",
}


@frozen(kw_only=True)
class Dosage:
    """
    A dose, how often and for how long.

    Args:
        dose: In units of the medicine's form, e.g. 2 tablets.
        times_per_day: The most often in a day, when it is taken as needed.
        days: For how long; None for a lasting treatment.
        note: In the prescriber's own words, for the patient.
    """

    dose: Decimal
    times_per_day: int
    days: int | None = None
    as_needed: bool = False
    timing: Timing = Timing.ANY
    note: str = field(default="", repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.dose.is_finite() or self.dose <= 0:
            raise DosageUnfit("A dose is more than nothing.", field="dosage.dose")
        if not 1 <= self.times_per_day <= _HOURS_A_DAY:
            raise DosageUnfit("Between 1 and 24 times a day.", field="dosage.times_per_day")
        if self.days is not None and not 1 <= self.days <= _MOST_DAYS:
            raise DosageUnfit("Between 1 and 365 days.", field="dosage.days")
        if len(self.note) > _LONGEST_NOTE:
            raise DosageUnfit("A note has at most 300 characters.", field="dosage.note")

    @property
    def units_per_day(self) -> Decimal:
        """The most that is taken in a day, in units of the form."""
        return self.dose * self.times_per_day

    def in_words(self, *, dose_unit: str, route: str) -> str:
        """
        Say the instruction as a sentence, such as `Take 1 capsule twice a day for 7 days.`.
        """
        amount = f"{self.dose.normalize():f}"
        unit = dose_unit if self.dose <= 1 or dose_unit in {"mL", "g"} else f"{dose_unit}s"
        often = _TIMES_WORDS.get(self.times_per_day, f"{self.times_per_day} times a day")
        parts = [f"{_ROUTE_VERBS.get(route, 'Use')} {amount} {unit}"]
        parts.append(f"up to {often} as needed" if self.as_needed else often)
        parts.append(_TIMING_WORDS[self.timing])
        if self.days is not None:
            parts.append(f"for {self.days} day{'' if self.days == 1 else 's'}")
        sentence = " ".join(part for part in parts if part) + "."
        return f"{sentence} {self.note.strip()}".strip()
