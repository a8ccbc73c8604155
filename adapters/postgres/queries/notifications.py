"""
Lists of notifications.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, Select, func, not_, or_, select

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.tables.notifications import notification
from application.notifications.queries import NotificationRow
from application.shared.pages import Page
from domain.notifications import Channel, FailureCode, NotificationStatus
from domain.shared.ids import UserId

_N = notification.c
_UNDER_WAY = [
    NotificationStatus.PENDING.value,
    NotificationStatus.SENT.value,
    NotificationStatus.DELIVERED.value,
]
_LOST = [NotificationStatus.FAILED.value, NotificationStatus.UNDELIVERED.value]


class PostgresNotificationQueries:
    """Notifications, latest first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def in_portal(
        self, user_id: UserId, *, limit: int, cursor: str | None
    ) -> Page[NotificationRow]:
        return self._latest_first(_in_portal(user_id), limit, cursor)

    def unseen(self, user_id: UserId) -> int:
        statement = select(func.count()).select_from(
            _in_portal(user_id).where(_N.seen_at.is_(None)).subquery()
        )
        with self._engine.connect() as connection:
            return int(connection.scalar(statement) or 0)

    def not_delivered(self, *, limit: int, cursor: str | None) -> Page[NotificationRow]:
        return self._latest_first(select(notification).where(_N.status.in_(_LOST)), limit, cursor)

    def unreached(
        self, *, since: datetime, limit: int, cursor: str | None
    ) -> Page[NotificationRow]:
        other = notification.alias("other")
        reached = (
            select(other.c.id)
            .where(
                other.c.cause == _N.cause,
                other.c.template == _N.template,
                other.c.user_id == _N.user_id,
                or_(
                    other.c.seen_at.is_not(None),
                    other.c.status.in_(_UNDER_WAY) & (other.c.channel != Channel.PORTAL.value),
                    # One line for all the ways that failed.
                    other.c.status.in_(_LOST) & (other.c.id < _N.id),
                ),
            )
            .exists()
        )
        lost = select(notification).where(
            _N.status.in_(_LOST), _N.created_at >= since, not_(reached)
        )
        return self._latest_first(lost, limit, cursor)

    def _latest_first(
        self, statement: Select[Any], limit: int, cursor: str | None
    ) -> Page[NotificationRow]:
        before = read_id_cursor(cursor)
        if before is not None:
            statement = statement.where(_N.id < before)
        with self._engine.connect() as connection:
            rows = (
                connection.execute(statement.order_by(_N.id.desc()).limit(limit + 1))
                .mappings()
                .all()
            )
        return page_of(rows, limit=limit, view=_view, cursor=lambda row: write_cursor(row["id"]))


def _in_portal(user_id: UserId) -> Select[Any]:
    return select(notification).where(_N.user_id == user_id, _N.channel == Channel.PORTAL.value)


def _view(row: RowMapping) -> NotificationRow:
    return NotificationRow(
        notification_id=row["id"],
        user_id=row["user_id"],
        channel=Channel(row["channel"]),
        template=row["template"],
        data=row["data"],
        locale=row["locale"],
        status=NotificationStatus(row["status"]),
        failure=FailureCode(row["failure"]) if row["failure"] else None,
        attempts=row["attempts"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
    )
