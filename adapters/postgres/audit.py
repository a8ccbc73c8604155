"""
The audit trail in PostgreSQL: entries wait in memory and are chained just before the commit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import psycopg
from attrs import frozen
from sqlalchemy import RowMapping

from adapters.postgres.driver import Driver, call
from application.shared.access import Actor
from application.shared.ports import Ids
from domain.audit import AuditEntry, ChainedEntry
from domain.shared.errors import InvariantError
from domain.shared.ids import AuditEntryId


class AuditChainLost(InvariantError):
    """The head of a chain is not in the database."""


@frozen(kw_only=True)
class _Deed:
    actor: Actor
    action: str
    subject: str
    patient_id: UUID | None
    reason: str | None
    details: Mapping[str, str]

    def entry(self, *, id: UUID, now: datetime) -> AuditEntry:
        return AuditEntry(
            id=AuditEntryId(id),
            recorded_at=now,
            actor_kind=self.actor.kind.value,
            actor_id=self.actor.user_id or self.actor.machine_client_id,
            actor_label=self.actor.label,
            actor_roles=tuple(sorted(self.actor.roles)),
            action=self.action,
            subject=self.subject,
            patient_id=self.patient_id,
            reason=self.reason,
            details=self.details,
        )


class PostgresAuditTrail:
    """
    The `AuditTrail` of one transaction. The unit of work calls `write` before it commits.
    """

    def __init__(self) -> None:
        self._deeds: list[_Deed] = []

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
        self._deeds.append(
            _Deed(
                actor=actor,
                action=action,
                subject=subject,
                patient_id=patient_id,
                reason=reason,
                details=dict(details or {}),
            )
        )

    def write(self, driver: Driver, now: datetime, ids: Ids) -> bytes | None:
        """The statement that appends what was recorded, if anything was."""
        if not self._deeds:
            return None
        entries = [deed.entry(id=ids.new(), now=now) for deed in self._deeds]
        self._deeds.clear()
        return append(driver, entries)


def append(driver: Driver, entries: Sequence[AuditEntry]) -> bytes:
    """
    The statement that chains entries.

    The database does it, where the heads are, which stay locked until the transaction ends;
    `ChainedEntry.holds` computes the same hashes when they are verified.
    """
    # Chains are locked in the same order by everybody, so that no two wait for each other.
    ordered = sorted(entries, key=lambda entry: entry.chain)
    texts = [entry.hashed_text() for entry in ordered]
    return call(
        driver,
        "append_audit",
        [entry.chain for entry in ordered],
        [before for before, _ in texts],
        [after for _, after in texts],
    )


def chain_lost(error: psycopg.Error) -> bool:
    """Whether an entry was refused because there is nothing that it could follow."""
    return error.sqlstate == "AU001"


def chained_entry(row: RowMapping) -> ChainedEntry:
    """Read a row of `audit_entry`."""
    entry = AuditEntry(
        id=row["id"],
        recorded_at=row["recorded_at"],
        actor_kind=row["actor_kind"],
        actor_id=row["actor_id"],
        actor_label=row["actor_label"],
        actor_roles=tuple(row["actor_roles"]),
        action=row["action"],
        subject=row["subject"],
        patient_id=row["patient_id"],
        reason=row["reason"],
        details=row["details"],
    )
    return ChainedEntry(
        chain=row["chain"],
        sequence=row["sequence"],
        previous_hash=row["previous_hash"],
        hash=row["hash"],
        entry=entry,
    )
