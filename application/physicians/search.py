"""
Finding a physician by name, for staff who act on one.
"""

from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from domain.physicians.physician import PhysicianStatus
from domain.shared.errors import InvalidInput
from domain.shared.ids import PhysicianId, from_wire

MOST_FOUND = 20
_REFERENCE = "ph_"


class NothingToFind(InvalidInput):
    """Neither a name nor a reference."""


@frozen(kw_only=True)
class FoundPhysician:
    """Enough to tell one from another of the same name."""

    physician_id: PhysicianId
    name: str
    status: PhysicianStatus


class PhysicianDirectory(Protocol):
    """Physicians by name, straight from storage."""

    def called(self, words: str, *, limit: int) -> tuple[FoundPhysician, ...]:
        """Those whose name has all the words in it, in any order; by family name."""
        ...

    def one(self, physician_id: PhysicianId) -> FoundPhysician | None:
        """The one with this identifier."""
        ...


@frozen
class FindPhysicians:
    """
    Find physicians by a part of their name, or one by the reference.
    """

    _directory: PhysicianDirectory

    def __call__(self, *, actor: Actor, written: str) -> tuple[FoundPhysician, ...]:
        """
        Whoever fits, whatever their status; no more than `MOST_FOUND`.

        Args:
            written: Words of a name, or `ph_…`.

        Raises:
            AccessDenied: Not staff.
            MalformedIdentifier: It begins like a reference, and is none.
            NothingToFind: Nothing is written.
        """
        require_role(actor, Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR)
        sought = written.strip()
        if not sought:
            raise NothingToFind("Write a part of the name, or the reference.", field="whose")
        if sought.startswith(_REFERENCE):
            found = self._directory.one(PhysicianId(from_wire("physician", sought)))
            return () if found is None else (found,)
        return self._directory.called(sought, limit=MOST_FOUND)
