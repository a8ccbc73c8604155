"""
What the audit trail needs beside being written: signed roots, kept where no one can reach both.
"""

from typing import Protocol

from attrs import frozen

from application.shared.ports import UnitOfWork
from domain.audit import AuditRoot, ChainHead
from domain.shared.errors import Unavailable


class RootArchiveUnavailable(Unavailable):
    """The signed root could not be put away."""


@frozen(kw_only=True)
class SignedRoot:
    """What all chains ended in at one moment, and the signature over it."""

    root: AuditRoot
    signature: bytes
    key_id: str


class RootSigner(Protocol):
    """Signs what the chains end in."""

    @property
    def key_id(self) -> str:
        """Which key signs."""
        ...

    @property
    def public_key(self) -> bytes:
        """The 32 bytes by which anybody can check a signature."""
        ...

    def sign(self, statement: str) -> bytes:
        """Sign a statement."""
        ...

    def is_signature(self, signature: bytes, statement: str) -> bool:
        """Whether this key signed the statement."""
        ...


class AuditRootRepository(Protocol):
    """The roots that were signed."""

    def heads(self) -> tuple[ChainHead, ...]:
        """What the chains end in now."""
        ...

    def newest(self) -> SignedRoot | None:
        """The root that was signed last."""
        ...

    def add(self, signed: SignedRoot) -> None:
        """Store a new root."""
        ...


class RootArchive(Protocol):
    """A place outside of the database: who changes both would have to reach both."""

    def keep(self, signed: SignedRoot) -> None:
        """
        Put a root away for good. The same one again does no harm.

        Raises:
            RootArchiveUnavailable: It was not put away.
        """
        ...


class AuditUnitOfWork(UnitOfWork, Protocol):
    """A transaction over the audit trail."""

    @property
    def audit_roots(self) -> AuditRootRepository: ...
