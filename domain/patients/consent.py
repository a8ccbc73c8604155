"""
Consents: which version of which text a patient agreed to, and until when.
"""

from datetime import datetime
from enum import StrEnum

from attrs import define, frozen

from domain.shared.errors import Conflict, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import ConsentId, PatientId


class ConsentKind(StrEnum):
    """What a patient can agree to. Each has a text of its own, in versions."""

    TREATMENT = "treatment"
    PRIVACY = "privacy"
    TELEHEALTH = "telehealth"


class ConsentNotGiven(NotFound):
    """There is no such consent in force."""


class ConsentTextNotFound(NotFound):
    """There is no such text."""


class ConsentTextOutdated(Conflict):
    """The text was replaced; the newest has to be read first."""


@frozen(kw_only=True)
class ConsentText:
    """What is agreed to, in one language."""

    kind: ConsentKind
    version: int
    language: str
    title: str
    body: str
    published_at: datetime


@define(eq=False, kw_only=True)
class Consent(Aggregate):
    """An agreement, in force until it is withdrawn or a newer one takes its place."""

    id: ConsentId
    patient_id: PatientId
    kind: ConsentKind
    text_version: int
    given_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether it still holds."""
        return self.withdrawn_at is None

    def end(self, *, now: datetime) -> None:
        """Let it hold no longer; ending twice is no mistake."""
        if self.withdrawn_at is None:
            self.withdrawn_at = now
