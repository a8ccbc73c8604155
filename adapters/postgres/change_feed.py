"""
The change feed over LISTEN / NOTIFY.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
from attrs import frozen
from psycopg import sql

from adapters.postgres.outbox import CHANGES_CHANNEL
from application.shared.changes import Change

_RECONNECT_AFTER_SECONDS = 1.0


@frozen
class PostgresChangeFeed:
    """
    One connection that only listens.

    Args:
        conninfo: As libpq takes it (`postgresql://…`), without SQLAlchemy's driver name.
    """

    conninfo: str

    async def changes(self) -> AsyncIterator[Change | None]:
        """Wait for changes; None after a lost connection."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
                async with connection:
                    await connection.execute(
                        sql.SQL("listen {}").format(sql.Identifier(CHANGES_CHANNEL))
                    )
                    yield None
                    async for notice in connection.notifies():
                        yield _change(notice.payload)
            except psycopg.OperationalError:
                await asyncio.sleep(_RECONNECT_AFTER_SECONDS)


def _change(payload: str) -> Change:
    told = json.loads(payload)

    def subject(name: str) -> UUID | None:
        value = told.get(name)
        return UUID(value) if value else None

    return Change(
        kind=told["kind"],
        consultation_id=subject("consultation_id"),
        patient_id=subject("patient_id"),
        physician_id=subject("physician_id"),
    )
