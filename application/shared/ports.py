"""
What every use case needs of the outside: a transaction, the time, new identifiers.
"""

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from application.shared.access import Actor


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Ids(Protocol):
    """The only source of new identifiers."""

    def new(self) -> UUID:
        """A new UUIDv7: later ones sort after earlier ones."""
        ...


class AuditTrail(Protocol):
    """
    The record of who did and who saw what. Written in the transaction of the deed itself.
    """

    def record(
        self,
        *,
        actor: Actor,
        action: str,
        subject: str,
        patient_id: UUID | None = None,
        reason: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> None:
        """
        Add an entry.

        Args:
            action: Context and verb, such as `consultation.read` or `payout.requested`.
            subject: What it was done to, as a wire identifier.
            patient_id: Whose record was touched, so that the patient can be shown it.
            reason: The purpose of use, or why the glass was broken.
            details: Codes and identifiers. Never PHI.
        """
        ...


class UnitOfWork(Protocol):
    """
    One transaction. Leaving it without `commit` undoes everything.

    Repositories hand out aggregates that are locked until the end; `add` and `save`
    store them together with the events that they recorded.
    """

    @property
    def audit(self) -> AuditTrail:
        """The audit trail, in this transaction."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def commit(self) -> None:
        """Make everything since `__enter__` true at once: rows, events, reactions, audit."""
        ...
