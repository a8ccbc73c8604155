"""
What is held for review.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, RowMapping, select, tuple_

from adapters.postgres.queries.cursors import page_of, read_cursor, write_cursor
from adapters.postgres.queries.names import PHYSICIAN_NAME
from adapters.postgres.tables.ledger import hold
from adapters.postgres.tables.physicians import physician
from application.ledger.hold_queries import HoldView
from application.shared.pages import Page
from domain.ledger.hold import HoldCategory, HoldStatus
from domain.shared.money import Money


class PostgresHoldQueries:
    """Holds with the names of those whose money it is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def under_review(self, *, limit: int, cursor: str | None) -> Page[HoldView]:
        statement = (
            select(hold, PHYSICIAN_NAME.label("physician_name"))
            .outerjoin(physician, physician.c.id == hold.c.physician_id)
            .where(hold.c.status == HoldStatus.PLACED.value, hold.c.review_until.is_not(None))
            .order_by(hold.c.review_until, hold.c.id)
            .limit(limit + 1)
        )
        if place := read_cursor(cursor, datetime, UUID):
            statement = statement.where(tuple_(hold.c.review_until, hold.c.id) > tuple_(*place))
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return page_of(
            rows,
            limit=limit,
            view=_view,
            cursor=lambda row: write_cursor(row["review_until"], row["id"]),
        )


def _view(row: RowMapping) -> HoldView:
    return HoldView(
        hold_id=row["id"],
        physician_id=row["physician_id"],
        physician_name=row["physician_name"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        category=HoldCategory(row["category"]),
        placed_at=row["placed_at"],
        review_until=row["review_until"],
    )
