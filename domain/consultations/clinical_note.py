"""
The physician's note: subjective, objective, assessment, plan. Signed once, then only added to.
"""

from datetime import datetime
from typing import Self

from attrs import evolve, field, frozen

from domain.shared.errors import Conflict, InvalidInput
from domain.shared.ids import PhysicianId


class NoteAlreadySigned(Conflict):
    """A signed note stands; what is missing goes into an addendum."""


class NoteNotSigned(Conflict):
    """The consultation needs a signed note first."""


class NoteEmpty(InvalidInput):
    """A note that says nothing about assessment or plan cannot be signed."""


@frozen(kw_only=True)
class Addendum:
    """What was added after the signature."""

    text: str = field(repr=False)
    physician_id: PhysicianId
    added_at: datetime


@frozen(kw_only=True)
class ClinicalNote:
    """The four parts, who signed them and when."""

    subjective: str = field(default="", repr=False)
    objective: str = field(default="", repr=False)
    assessment: str = field(default="", repr=False)
    plan: str = field(default="", repr=False)
    signed_by: PhysicianId | None = None
    signed_at: datetime | None = None
    addenda: tuple[Addendum, ...] = ()

    @property
    def is_signed(self) -> bool:
        """Whether it is final."""
        return self.signed_at is not None

    def rewrite(self, *, subjective: str, objective: str, assessment: str, plan: str) -> Self:
        """
        Replace the text of an unsigned note.

        Raises:
            NoteAlreadySigned: It is final.
        """
        if self.is_signed:
            raise NoteAlreadySigned("This note is signed. Add an addendum instead.")
        return evolve(
            self, subjective=subjective, objective=objective, assessment=assessment, plan=plan
        )

    def sign(self, *, physician_id: PhysicianId, now: datetime) -> Self:
        """
        Make it final.

        Raises:
            NoteEmpty: Assessment or plan is missing.
        """
        if not (self.assessment.strip() and self.plan.strip()):
            raise NoteEmpty("Write an assessment and a plan before you sign.", field="note")
        return evolve(self, signed_by=physician_id, signed_at=now)

    def add(self, *, text: str, physician_id: PhysicianId, now: datetime) -> Self:
        """
        Say more after the signature.

        Raises:
            NoteNotSigned: The note itself can still be changed.
            NoteEmpty: Nothing was written.
        """
        if not self.is_signed:
            raise NoteNotSigned("This note is not signed yet: change it directly.")
        if not text.strip():
            raise NoteEmpty("An addendum needs a text.", field="text")
        addendum = Addendum(text=text, physician_id=physician_id, added_at=now)
        return evolve(self, addenda=(*self.addenda, addendum))
