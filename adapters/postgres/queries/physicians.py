"""
Lists of physicians.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, literal, select, tuple_

from adapters.postgres.queries.cursors import page_of, read_cursor, write_cursor
from adapters.postgres.tables.physicians import physician
from application.shared.pages import Page
from domain.physicians.physician import PhysicianStatus
from domain.shared.ids import PhysicianId


class PostgresPhysicianQueries:
    """Physicians by status."""

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
