"""
Lists of physicians, and physicians by name.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, literal, select, tuple_

from adapters.postgres.queries.cursors import page_of, read_cursor, write_cursor
from adapters.postgres.queries.names import PHYSICIAN_NAME, is_called
from adapters.postgres.tables.physicians import physician
from application.physicians.search import FoundPhysician
from application.shared.pages import Page
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import PhysicianId


class PostgresPhysicianQueries:
    """Physicians by status, and by name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def in_status(
        self, statuses: tuple[PhysicianStatus, ...], *, limit: int, cursor: str | None
    ) -> Page[PhysicianId]:
        statement = (
            select(physician.c.id, physician.c.applied_at)
            .where(physician.c.status.in_([status.value for status in statuses]))
            .order_by(physician.c.applied_at, physician.c.id)
            .limit(limit + 1)
        )
        if place := read_cursor(cursor, datetime, UUID):
            statement = statement.where(
                tuple_(physician.c.applied_at, physician.c.id) > tuple_(*map(literal, place))
            )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).all()
        return page_of(
            rows,
            limit=limit,
            view=lambda row: PhysicianId(row.id),
            cursor=lambda row: write_cursor(row.applied_at, row.id),
        )

    def called(self, words: str, *, limit: int) -> tuple[FoundPhysician, ...]:
        statement = (
            _FOUND.where(is_called(PHYSICIAN_NAME, words))
            .order_by(physician.c.family_name, physician.c.given_name, physician.c.id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return tuple(map(_found, connection.execute(statement)))

    def one(self, physician_id: PhysicianId) -> FoundPhysician | None:
        with self._engine.connect() as connection:
            row = connection.execute(_FOUND.where(physician.c.id == physician_id)).one_or_none()
        return None if row is None else _found(row)


_FOUND = select(physician.c.id, PHYSICIAN_NAME.label("name"), physician.c.status)


def _found(row: Any) -> FoundPhysician:
    return FoundPhysician(
        physician_id=PhysicianId(row.id), name=row.name, status=PhysicianStatus(row.status)
    )
