"""
Remembered requests in PostgreSQL. Answers are sealed: they may show a patient's record.
"""

from datetime import datetime, timedelta

from attrs import frozen
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.tables.kernel import idempotency_key as table
from adapters.security.encryption import PlatformCipher
from application.shared.request_memory import KeyReused, RememberedAnswer, StillRunning

KEPT_FOR = timedelta(days=1)
# Longer than a request may take, so that a living one is never run beside itself.
LEASE = timedelta(minutes=1)


@frozen
class PostgresRequestMemory:
    """Each call is its own short transaction."""

    engine: Engine
    cipher: PlatformCipher

    def begin(
        self, *, actor: str, key: str, request_hash: bytes, now: datetime
    ) -> RememberedAnswer | None:
        """Take the key, or hand over the first answer."""
        take = insert(table).values(
            actor=actor,
            key=key,
            request_hash=request_hash,
            created_at=now,
            locked_until=now + LEASE,
        )
        mine = (table.c.actor == actor) & (table.c.key == key)
        with self.engine.begin() as connection:
            connection.execute(delete(table).where(mine, table.c.created_at < now - KEPT_FOR))
            taken = connection.execute(
                take.on_conflict_do_nothing().returning(table.c.key)
            ).one_or_none()
            if taken is not None:
                return None
            row = connection.execute(select(table).where(mine).with_for_update()).one_or_none()
            if row is None:
                raise StillRunning("A request with this key just ended; send it again.")
            if bytes(row.request_hash) != request_hash:
                raise KeyReused(
                    "This Idempotency-Key was used for another request.", field="Idempotency-Key"
                )
            if row.status is not None:
                body = self.cipher.open("idempotency_key.body", bytes(row.body))
                return RememberedAnswer(status=row.status, headers=row.headers, body=body)
            if row.locked_until is not None and row.locked_until > now:
                raise StillRunning("The first request with this Idempotency-Key still runs.")
            connection.execute(update(table).where(mine).values(locked_until=now + LEASE))
        return None

    def finish(self, *, actor: str, key: str, answer: RememberedAnswer) -> None:
        """Keep the answer."""
        with self.engine.begin() as connection:
            connection.execute(
                update(table)
                .where(table.c.actor == actor, table.c.key == key)
                .values(
                    status=answer.status,
                    headers=dict(answer.headers),
                    body=self.cipher.seal("idempotency_key.body", answer.body),
                    locked_until=None,
                )
            )

    def forget(self, *, actor: str, key: str) -> None:
        """Free the key."""
        with self.engine.begin() as connection:
            connection.execute(
                delete(table).where(
                    table.c.actor == actor, table.c.key == key, table.c.status.is_(None)
                )
            )
