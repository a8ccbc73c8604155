"""
What the workflow gave up, read straight from the tables.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, RowMapping, literal, select, tuple_

from adapters.postgres.queries.cursors import page_of, read_cursor, write_cursor
from adapters.postgres.tables.kernel import event, reaction
from adapters.postgres.tables.webhooks import webhook
from application.shared.pages import Page
from application.workflow.dead_letters import DeadReaction, DeadWebhook
from domain.shared.ids import EventId, WebhookId

_DEAD = "dead"
_R, _W = reaction.c, webhook.c


class PostgresDeadLetters:
    """Reactions and vendors' messages that were given up."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reactions(self, *, limit: int, cursor: str | None) -> Page[DeadReaction]:
        """The oldest first."""
        statement = (
            select(reaction, event.c.type, event.c.consultation_id, event.c.occurred_at)
            .join(event, event.c.id == _R.event_id)
            .where(_R.status == _DEAD)
        )
        place = read_cursor(cursor, datetime, UUID, str)
        if place is not None:
            statement = statement.where(
                tuple_(_R.created_at, _R.event_id, _R.name) > tuple_(*map(literal, place))
            )
        ordered = statement.order_by(_R.created_at, _R.event_id, _R.name).limit(limit + 1)
        with self._engine.connect() as connection:
            rows = list(connection.execute(ordered).mappings())
        return page_of(
            rows,
            limit=limit,
            view=_reaction,
            cursor=lambda row: write_cursor(row["created_at"], row["event_id"], row["name"]),
        )

    def webhooks(self, *, limit: int, cursor: str | None) -> Page[DeadWebhook]:
        """The oldest first."""
        statement = select(webhook).where(_W.status == _DEAD)
        place = read_cursor(cursor, datetime, UUID)
        if place is not None:
            statement = statement.where(
                tuple_(_W.received_at, _W.id) > tuple_(*map(literal, place))
            )
        ordered = statement.order_by(_W.received_at, _W.id).limit(limit + 1)
        with self._engine.connect() as connection:
            rows = list(connection.execute(ordered).mappings())
        return page_of(
            rows,
            limit=limit,
            view=_webhook,
            cursor=lambda row: write_cursor(row["received_at"], row["id"]),
        )

    def has_reaction(self, event_id: EventId, name: str) -> bool:
        """Whether there is such a reaction, given up or not."""
        wanted = select(_R.name).where(_R.event_id == event_id, _R.name == name)
        with self._engine.connect() as connection:
            return connection.execute(wanted).one_or_none() is not None

    def has_webhook(self, webhook_id: WebhookId) -> bool:
        """Whether there is such a message, given up or not."""
        with self._engine.connect() as connection:
            found = connection.execute(select(_W.id).where(_W.id == webhook_id)).one_or_none()
        return found is not None


def _reaction(row: RowMapping) -> DeadReaction:
    return DeadReaction(
        event_id=EventId(row["event_id"]),
        name=row["name"],
        event_type=row["type"],
        consultation_id=row["consultation_id"],
        attempts=row["attempts"],
        last_error=row["last_error"],
        occurred_at=row["occurred_at"],
        given_up_at=row["finished_at"],
    )


def _webhook(row: RowMapping) -> DeadWebhook:
    return DeadWebhook(
        webhook_id=WebhookId(row["id"]),
        vendor=row["vendor"],
        kind=row["kind"],
        reference=row["reference"],
        attempts=row["attempts"],
        last_error=row["last_error"],
        received_at=row["received_at"],
        given_up_at=row["finished_at"],
    )
