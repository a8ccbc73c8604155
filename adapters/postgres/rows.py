"""
Writing an aggregate's row, with its version checked.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, update

from adapters.postgres.scope import Scope
from domain.shared.errors import Conflict
from domain.shared.events import Aggregate


class StaleAggregate(Conflict):
    """Somebody else changed it in between; look again and repeat."""


def insert_row(scope: Scope, table: Table, aggregate: Aggregate, row: dict[str, Any]) -> None:
    """Store a new aggregate as version 1, with its events."""
    scope.connection.execute(insert(table).values(**row, version=1))
    aggregate.version = 1
    scope.collect(aggregate)


def update_row(
    scope: Scope, table: Table, aggregate: Aggregate, row_id: UUID, row: dict[str, Any]
) -> None:
    """
    Store a changed aggregate as the next version, with its events.

    Raises:
        StaleAggregate: The stored version is not the one that was loaded.
    """
    statement = (
        update(table)
        .where(table.c.id == row_id, table.c.version == aggregate.version)
        .values(**row, version=aggregate.version + 1)
    )
    if scope.connection.execute(statement).rowcount != 1:
        raise StaleAggregate("This was changed in the meantime. Look at it again and repeat.")
    aggregate.version += 1
    scope.collect(aggregate)
