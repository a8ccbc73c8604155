"""
The audit trail read back, entry by entry, in one snapshot.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import frozen
from sqlalchemy import Connection, Engine, select

from adapters.postgres.audit import chained_entry
from adapters.postgres.tables.audit import audit_chain, audit_entry, audit_root
from domain.audit import AuditRoot, ChainedEntry, ChainHead

_AT_ONCE = 1000
"""Entries held in memory while a chain is walked."""


@frozen
class PostgresAuditSnapshot:
    """The chains as one transaction sees them."""

    _connection: Connection
    _roots: tuple[AuditRoot, ...]

    def entries(self, chain: int) -> Iterator[ChainedEntry]:
        rows = self._connection.execution_options(yield_per=_AT_ONCE).execute(
            select(audit_entry).where(audit_entry.c.chain == chain).order_by(audit_entry.c.sequence)
        )
        yield from map(chained_entry, rows.mappings())

    def known_ends(self, chain: int) -> tuple[ChainHead, ...]:
        stored = self._connection.execute(select(audit_chain).where(audit_chain.c.chain == chain))
        heads = [ChainHead(row.chain, row.sequence, row.hash) for row in stored]
        return (*heads, *(root.head(chain) for root in self._roots))


@frozen
class PostgresAuditChains:
    """The stored audit trail."""

    _engine: Engine

    @contextmanager
    def snapshot(self) -> Iterator[PostgresAuditSnapshot]:
        engine = self._engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.connect() as connection, connection.begin():
            statements = connection.scalars(select(audit_root.c.statement)).all()
            yield PostgresAuditSnapshot(connection, tuple(map(AuditRoot.parse, statements)))
