"""
Searching the audit trail.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from attrs import frozen

from application.audit.ports import AuditUnitOfWork
from application.shared.access import Actor, Role, require_role
from application.shared.pages import Page
from domain.shared.ids import AuditEntryId, PatientId

LARGEST_PAGE = 200


@frozen(kw_only=True)
class AuditEntryView:
    """One deed, with the name of who did it."""

    id: AuditEntryId
    recorded_at: datetime
    who: str
    actor_kind: str
    actor_id: UUID | None
    roles: tuple[str, ...]
    action: str
    subject: str
    patient_id: PatientId | None
    reason: str | None
    details: Mapping[str, str]


@frozen(kw_only=True)
class AuditFilter:
    """
    What to look for; all of it has to hold.

    Args:
        action: The beginning of an action, such as `patient.` or `payout.requested`.
    """

    actor_id: UUID | None = None
    patient_id: PatientId | None = None
    subject: str | None = None
    action: str | None = None


class AuditQueries(Protocol):
    """The trail, straight from the store."""

    def search(
        self, wanted: AuditFilter, *, limit: int, cursor: str | None
    ) -> Page[AuditEntryView]:
        """Entries, newest first."""
        ...


@frozen
class SearchAudit:
    """Let administrators look for who did what. The search is noted as well."""

    _queries: AuditQueries
    _uow: AuditUnitOfWork

    def __call__(
        self, *, actor: Actor, wanted: AuditFilter, limit: int = 100, cursor: str | None = None
    ) -> Page[AuditEntryView]:
        """
        Search.

        Raises:
            AccessDenied: Not an administrator.
        """
        require_role(actor, Role.ADMINISTRATOR)
        page = self._queries.search(wanted, limit=min(limit, LARGEST_PAGE), cursor=cursor)
        with self._uow as uow:
            uow.audit.record(
                actor=actor, action="audit.searched", subject="audit", patient_id=wanted.patient_id
            )
            uow.commit()
        return page
