"""
The webhook inbox in PostgreSQL. Bodies are sealed: a pharmacy's may name a patient.
"""

from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Engine, update
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.outbox import defer
from adapters.postgres.tables.webhooks import webhook
from adapters.security.encryption import PlatformCipher
from application.shared.ports import Ids
from application.webhooks.ports import DueWebhook, VerifiedEvent
from domain.shared.ids import WebhookId


@frozen
class PostgresWebhookInbox:
    """Each note is its own short transaction."""

    engine: Engine
    cipher: PlatformCipher
    ids: Ids

    def store(
        self, *, vendor: str, event: VerifiedEvent, body: bytes, now: datetime
    ) -> WebhookId | None:
        """Keep it with the job that works on it, unless it was here before."""
        webhook_id = WebhookId(self.ids.new())
        statement = (
            insert(webhook)
            .values(
                id=webhook_id,
                vendor=vendor,
                event_id=event.event_id,
                kind=event.kind,
                reference=event.reference,
                facts=dict(event.facts),
                body=self.cipher.seal("webhook.body", body),
                status="pending",
                received_at=now,
            )
            .on_conflict_do_nothing(constraint="uq_webhook_vendor")
            .returning(webhook.c.id)
        )
        with self.engine.begin() as connection:
            if connection.execute(statement).one_or_none() is None:
                return None
            _queue(connection, webhook_id)
        return webhook_id

    def begin(self, *, webhook_id: WebhookId) -> DueWebhook | None:
        """Count an attempt, unless it was done before."""
        statement = (
            update(webhook)
            .where(webhook.c.id == webhook_id, webhook.c.status == "pending")
            .values(attempts=webhook.c.attempts + 1)
            .returning(webhook)
        )
        with self.engine.begin() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        event = VerifiedEvent(
            event_id=row.event_id, kind=row.kind, reference=row.reference, facts=row.facts
        )
        return DueWebhook(vendor=row.vendor, event=event, attempt=row.attempts)

    def finish(self, *, webhook_id: WebhookId, now: datetime) -> None:
        """Note that it is done."""
        self._note(webhook_id, status="done", finished_at=now, last_error=None)

    def fail(self, *, webhook_id: WebhookId, error: str, given_up: bool, now: datetime) -> None:
        """Note what went wrong."""
        self._note(
            webhook_id,
            status="dead" if given_up else "pending",
            finished_at=now if given_up else None,
            last_error=error,
        )

    def revive(self, *, webhook_id: WebhookId) -> bool:
        """Queue one that was given up, or done, again."""
        statement = (
            update(webhook)
            .where(webhook.c.id == webhook_id, webhook.c.status != "pending")
            .values(status="pending", attempts=0, finished_at=None)
        )
        with self.engine.begin() as connection:
            revived = connection.execute(statement).rowcount
            if revived:
                _queue(connection, webhook_id)
        return bool(revived)

    def _note(self, webhook_id: WebhookId, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(webhook).where(webhook.c.id == webhook_id).values(**values))


def _queue(connection: Connection, webhook_id: WebhookId) -> None:
    defer(connection, "process_webhook", "webhooks", [{"webhook_id": str(webhook_id)}])
