"""
Vendors' messages, read straight from their table. Bodies stay sealed.
"""

from sqlalchemy import ColumnElement, Engine, RowMapping, select

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.tables.webhooks import webhook
from application.shared.pages import Page
from application.webhooks.ports import WebhookStatus
from application.webhooks.queries import WebhookView
from domain.shared.ids import WebhookId


class PostgresWebhookLog:
    """What was received, and what became of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(
        self,
        *,
        vendor: str | None,
        status: WebhookStatus | None,
        reference: str | None,
        limit: int,
        cursor: str | None,
    ) -> Page[WebhookView]:
        """The newest first: identifiers sort by time."""
        conditions: list[ColumnElement[bool]] = []
        if vendor is not None:
            conditions.append(webhook.c.vendor == vendor)
        if status is not None:
            conditions.append(webhook.c.status == status.value)
        if reference is not None:
            conditions.append(webhook.c.reference == reference)
        if last := read_id_cursor(cursor):
            conditions.append(webhook.c.id < last)
        statement = select(webhook).where(*conditions).order_by(webhook.c.id.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(statement.limit(limit + 1)).mappings().all()
        return page_of(
            rows, limit=limit, view=_view, cursor=lambda row: write_cursor(str(row["id"]))
        )


def _view(row: RowMapping) -> WebhookView:
    return WebhookView(
        webhook_id=WebhookId(row["id"]),
        vendor=row["vendor"],
        event_id=row["event_id"],
        kind=row["kind"],
        reference=row["reference"],
        status=WebhookStatus(row["status"]),
        attempts=row["attempts"],
        last_error=row["last_error"],
        received_at=row["received_at"],
        finished_at=row["finished_at"],
    )
