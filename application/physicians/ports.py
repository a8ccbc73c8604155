"""
What working with physicians needs of the outside.
"""

from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from application.identity.ports import UserRepository
from application.shared.ports import UnitOfWork
from domain.physicians.contract import Contract
from domain.physicians.identity_check import IdentityFinding
from domain.physicians.licence import LicenceKind, RegistryRecord
from domain.physicians.physician import Physician
from domain.shared.errors import Unavailable
from domain.shared.ids import PhysicianId


class PhysicianRepository(Protocol):
    """Physicians with their licences and contracts."""

    def add(self, physician: Physician) -> None:
        """Store a new physician."""
        ...

    def get(self, physician_id: PhysicianId) -> Physician:
        """
        A physician, locked.

        Raises:
            PhysicianNotFound: There is none.
        """
        ...

    def read(self, physician_id: PhysicianId) -> Physician:
        """
        A physician to look at, not locked and not to be saved.

        Raises:
            PhysicianNotFound: There is none.
        """
        ...

    def read_many(self, physician_ids: tuple[PhysicianId, ...]) -> tuple[Physician, ...]:
        """Physicians to look at, in the order that was asked for; unknown ones are left out."""
        ...

    def signed_contracts(self, physician_id: PhysicianId) -> tuple[Contract, ...]:
        """All that a physician ever signed, the first one first; the last one is in force."""
        ...

    def find_by_identity_reference(self, reference: str) -> PhysicianId | None:
        """Whose identity check the vendor's reference names."""
        ...

    def open_identity_checks(
        self, *, since: datetime, before: datetime, limit: int
    ) -> tuple[str, ...]:
        """The references of unfinished checks last heard of between two instants; oldest first."""
        ...

    def due_for_licence_check(self, *, before: datetime, limit: int) -> tuple[PhysicianId, ...]:
        """Those with a verified licence that was last looked at before; the longest ago first."""
        ...

    def save(self, physician: Physician) -> None:
        """Store a changed physician."""
        ...


class PhysiciansUnitOfWork(UnitOfWork, Protocol):
    """A transaction over physicians and their accounts."""

    @property
    def physicians(self) -> PhysicianRepository:
        """The physicians."""
        ...

    @property
    def users(self) -> UserRepository:
        """The accounts."""
        ...


class IdentityChecksUnavailable(Unavailable):
    """The vendor of identity checks does not answer."""


class LicenceRegistryUnavailable(Unavailable):
    """The licence registry does not answer, or not in words that we know."""


@frozen(kw_only=True)
class StartedIdentityCheck:
    """
    A check that waits for the physician.

    Args:
        url: Where the physician shows document and face; good for one visit, never stored.
            None when the vendor needs nothing more of them.
    """

    reference: str
    url: str | None = field(repr=False)


class IdentityChecks(Protocol):
    """A vendor that compares a face with a document."""

    def start(
        self, *, physician_id: PhysicianId, attempt: int, return_url: str
    ) -> StartedIdentityCheck:
        """
        Ask for a check. The same attempt again finds the first one.

        Raises:
            IdentityChecksUnavailable: No answer; asking again is safe.
        """
        ...

    def resume(self, reference: str) -> StartedIdentityCheck:
        """
        A new way in to a check that was asked for.

        Raises:
            IdentityCheckUnknown: The vendor knows of none.
            IdentityChecksUnavailable: No answer.
        """
        ...

    def fetch(self, reference: str) -> IdentityFinding:
        """
        What the vendor says now.

        Raises:
            IdentityCheckUnknown: The vendor knows of none.
            IdentityChecksUnavailable: No answer.
        """
        ...


class LicenceRegistry(Protocol):
    """The public registries of licences that can be asked by a program."""

    def find(self, *, kind: LicenceKind, number: str) -> RegistryRecord | None:
        """
        Look a number up; None if the registry has no such number.

        Raises:
            LicenceRegistryUnavailable: No answer, or none that we understand.
        """
        ...
