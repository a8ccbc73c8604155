"""
The audit trail in PostgreSQL: entries wait in memory and are chained just before the commit.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import psycopg
from attrs import frozen
from psycopg.errors import NotNullViolation
from sqlalchemy import RowMapping

from adapters.postgres.driver import Driver
from adapters.postgres.tables.audit import audit_entry
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

    def write(self, driver: Driver, now: datetime, ids: Ids) -> None:
        """Append what was recorded to the chains, each locked until the transaction ends."""
        if not self._deeds:
            return
        entries = [deed.entry(id=ids.new(), now=now) for deed in self._deeds]
        self._deeds.clear()
        append(driver, entries)


# One statement an entry: the head is locked, moved on and followed, in one round trip. The hash
# is computed where the head is; `ChainedEntry.holds` computes the same when it is verified.
_APPEND = """
with head as (
    select chain, sequence, hash from audit_chain where chain = %(chain)s for update
), moved as (
    update audit_chain
    set sequence = head.sequence + 1,
        hash = sha256(head.hash || convert_to(
            %(before)s::text || (head.sequence + 1)::text || %(after)s::text, 'UTF8'))
    from head where audit_chain.chain = head.chain
    returning audit_chain.chain, audit_chain.sequence, audit_chain.hash
)
insert into audit_entry (
    chain, sequence, id, recorded_at, actor_kind, actor_id, actor_label, actor_roles, action,
    subject, patient_id, reason, details, previous_hash, hash
)
select wanted.chain, moved.sequence, %(id)s, %(recorded_at)s, %(actor_kind)s, %(actor_id)s,
    %(actor_label)s, %(actor_roles)s, %(action)s, %(subject)s, %(patient_id)s, %(reason)s,
    %(details)s::jsonb, head.hash, moved.hash
from (values (%(chain)s)) as wanted (chain)
left join moved on moved.chain = wanted.chain left join head on head.chain = wanted.chain
"""


def append(driver: Driver, entries: Sequence[AuditEntry]) -> None:
    """Chain entries. Without its chain's head, the database refuses one: see `chain_lost`."""
    # Chains are locked in the same order by everybody, so that no two wait for each other.
    for entry in sorted(entries, key=lambda entry: entry.chain):
        driver.execute(_APPEND, _parameters(entry))


def chain_lost(error: psycopg.Error) -> bool:
    """Whether an entry was refused because there is nothing that it could follow."""
    return isinstance(error, NotNullViolation) and error.diag.table_name == audit_entry.name


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


def _parameters(entry: AuditEntry) -> dict[str, object]:
    before, after = entry.hashed_text()
    return {
        "chain": entry.chain,
        "before": before,
        "after": after,
        "id": entry.id,
        "recorded_at": entry.recorded_at,
        "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id,
        "actor_label": entry.actor_label,
        "actor_roles": list(entry.actor_roles),
        "action": entry.action,
        "subject": entry.subject,
        "patient_id": entry.patient_id,
        "reason": entry.reason,
        "details": json.dumps(dict(entry.details)),
    }
