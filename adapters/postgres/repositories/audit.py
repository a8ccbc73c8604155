"""
Signed roots of the audit chains in PostgreSQL.
"""

from sqlalchemy import RowMapping, insert, select

from adapters.postgres.scope import Scope
from adapters.postgres.tables.audit import audit_chain, audit_root
from application.audit.ports import SignedRoot
from application.shared.ports import Ids
from domain.audit import AuditRoot, ChainHead


class PostgresAuditRoots:
    """The roots that were signed."""

    def __init__(self, scope: Scope, ids: Ids) -> None:
        self._scope = scope
        self._ids = ids

    def heads(self) -> tuple[ChainHead, ...]:
        rows = self._scope.connection.execute(select(audit_chain).order_by(audit_chain.c.chain))
        return tuple(ChainHead(row.chain, row.sequence, row.hash) for row in rows)

    def newest(self) -> SignedRoot | None:
        row = (
            self._scope.connection.execute(
                select(audit_root).order_by(audit_root.c.id.desc()).limit(1)
            )
            .mappings()
            .one_or_none()
        )
        return None if row is None else signed_root(row)

    def add(self, signed: SignedRoot) -> None:
        self._scope.connection.execute(
            insert(audit_root).values(
                id=self._ids.new(),
                signed_at=signed.root.at,
                statement=signed.root.statement(),
                signature=signed.signature,
                key_id=signed.key_id,
            )
        )


def signed_root(row: RowMapping) -> SignedRoot:
    """Read a row of `audit_root`."""
    return SignedRoot(
        root=AuditRoot.parse(row["statement"]),
        signature=row["signature"],
        key_id=row["key_id"],
    )
