"""
The audit trail read back, entry by entry, in one snapshot.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import frozen
from sqlalchemy import Connection, Engine, select

from adapters.postgres.audit import chained_entry
from adapters.postgres.repositories.audit import signed_root
from adapters.postgres.tables.audit import audit_chain, audit_entry, audit_root
from application.audit.ports import SignedRoot
from domain.audit import ChainedEntry, ChainHead

_AT_ONCE = 1000
"""Entries held in memory while a chain is walked."""


@frozen
class PostgresAuditSnapshot:
    """The chains as one transaction sees them."""

    _connection: Connection

    def entries(self, chain: int) -> Iterator[ChainedEntry]:
        rows = self._connection.execution_options(yield_per=_AT_ONCE).execute(
            select(audit_entry).where(audit_entry.c.chain == chain).order_by(audit_entry.c.sequence)
        )
        yield from map(chained_entry, rows.mappings())

    def head(self, chain: int) -> ChainHead:
        stored = self._connection.execute(
            select(audit_chain).where(audit_chain.c.chain == chain)
        ).one_or_none()
        return ChainHead(chain, stored.sequence, stored.hash) if stored else ChainHead(chain)

    def roots(self) -> tuple[SignedRoot, ...]:
        rows = self._connection.execute(select(audit_root).order_by(audit_root.c.id)).mappings()
        return tuple(map(signed_root, rows))


@frozen
class PostgresAuditChains:
    """The stored audit trail."""

    _engine: Engine

    @contextmanager
    def snapshot(self) -> Iterator[PostgresAuditSnapshot]:
        engine = self._engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.connect() as connection, connection.begin():
            yield PostgresAuditSnapshot(connection)
