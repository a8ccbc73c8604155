"""
The audit trail in PostgreSQL: entries wait in memory and are chained just before the commit.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from attrs import frozen
from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from adapters.postgres.tables.audit import audit_chain, audit_entry
from application.shared.access import Actor
from application.shared.ports import Ids
from domain.audit import AuditEntry, ChainedEntry, ChainHead
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

    def write(self, connection: Connection, now: datetime, ids: Ids) -> None:
        """Append what was recorded to the chains, each locked until the transaction ends."""
        if not self._deeds:
            return
        entries = [deed.entry(id=ids.new(), now=now) for deed in self._deeds]
        self._deeds.clear()
        append(connection, entries)


def append(connection: Connection, entries: list[AuditEntry]) -> None:
    """
    Chain entries.

    Raises:
        AuditChainLost: A chain's head is missing, so that nothing can follow it.
    """
    chains = sorted({entry.chain for entry in entries})
    heads = _locked_heads(connection, chains)
    chained = []
    for entry in entries:
        link = ChainedEntry.after(heads[entry.chain], entry)
        heads[entry.chain] = link.head
        chained.append(link)
    connection.execute(insert(audit_entry), [_row(link) for link in chained])
    connection.execute(
        update(audit_chain).where(audit_chain.c.chain == bindparam("of")),
        [
            {"of": chain, "sequence": heads[chain].sequence, "hash": heads[chain].hash}
            for chain in chains
        ],
    )


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


def _locked_heads(connection: Connection, chains: list[int]) -> dict[int, ChainHead]:
    # Always in the same order, so that two transactions cannot wait for each other.
    rows = connection.execute(
        select(audit_chain)
        .where(audit_chain.c.chain.in_(chains))
        .order_by(audit_chain.c.chain)
        .with_for_update()
    )
    heads = {row.chain: ChainHead(row.chain, row.sequence, row.hash) for row in rows}
    if len(heads) != len(chains):
        raise AuditChainLost("a chain's head is missing")
    return heads


def _row(link: ChainedEntry) -> dict[str, object]:
    entry = link.entry
    return {
        "chain": link.chain,
        "sequence": link.sequence,
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
        "details": dict(entry.details),
        "previous_hash": link.previous_hash,
        "hash": link.hash,
    }
