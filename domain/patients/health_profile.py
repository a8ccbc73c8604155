"""
What a patient says of their health: allergies, conditions, medication, pregnancy.

None = nothing was asked or said, () = "there is none". A safety screen needs the difference.
"""

from datetime import datetime
from enum import StrEnum

from attrs import define, field, frozen

from domain.patients.events import HealthProfileUpdated
from domain.shared.errors import InvalidInput
from domain.shared.events import Aggregate
from domain.shared.ids import PatientId

_MOST_ENTRIES = 100
_LONGEST_TEXT = 200


class UnfitHealthEntry(InvalidInput):
    """An entry that says nothing, or too much."""


class PregnancyStatus(StrEnum):
    """Whether a patient is pregnant."""

    PREGNANT = "pregnant"
    NOT_PREGNANT = "not_pregnant"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@frozen(kw_only=True)
class HealthEntry:
    """
    An allergy, a condition or a medicine.

    Args:
        name: In the patient's words.
        code: In the words of the rule pack; None if it was not found there.
        note: A reaction, a dose.
    """

    name: str = field(repr=False)
    code: str | None = field(default=None, repr=False)
    note: str | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise UnfitHealthEntry("Say what it is.", field="name")
        if any(text and len(text) > _LONGEST_TEXT for text in (self.name, self.code, self.note)):
            raise UnfitHealthEntry(f"Use at most {_LONGEST_TEXT} characters.", field="name")


@frozen(kw_only=True)
class HealthFacts:
    """Everything at once, so that it is replaced at once."""

    allergies: tuple[HealthEntry, ...] | None = field(default=None, repr=False)
    conditions: tuple[HealthEntry, ...] | None = field(default=None, repr=False)
    medications: tuple[HealthEntry, ...] | None = field(default=None, repr=False)
    pregnancy: PregnancyStatus = field(default=PregnancyStatus.UNKNOWN, repr=False)

    def __attrs_post_init__(self) -> None:
        lists = (self.allergies, self.conditions, self.medications)
        if any(entries is not None and len(entries) > _MOST_ENTRIES for entries in lists):
            raise UnfitHealthEntry(f"List at most {_MOST_ENTRIES} entries.", field="allergies")

    @property
    def has_uncoded(self) -> bool:
        """Whether something is written in words that no rule knows."""
        lists = (self.allergies, self.conditions, self.medications)
        return any(entry.code is None for entries in lists for entry in entries or ())


@define(eq=False, kw_only=True)
class HealthProfile(Aggregate):
    """A patient's facts, and when they were last confirmed; None if never."""

    patient_id: PatientId
    facts: HealthFacts = HealthFacts()
    updated_at: datetime | None = None

    def update(self, facts: HealthFacts, *, now: datetime) -> None:
        """Write the facts down anew."""
        self.facts = facts
        self.updated_at = now
        self.record(HealthProfileUpdated(patient_id=self.patient_id, occurred_at=now))
