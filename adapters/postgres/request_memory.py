"""
Remembered requests in PostgreSQL. Answers are sealed: they may show a patient's record.
"""

from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from attrs import frozen
from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.tables.kernel import idempotency_key as table
from adapters.security.encryption import PlatformCipher
from application.shared.request_memory import (
    AnswerLost,
    KeyReused,
    RememberedAnswer,
    StillRunning,
)

KEPT_FOR = timedelta(days=1)
# Longer than a request may take, so that a living one is never run beside itself.
LEASE = timedelta(minutes=1)
# Stands for the lease of a request that was carried out and must not run again.
CARRIED_OUT = datetime(9999, 1, 1, tzinfo=UTC)

# The caller and key of a request that must run once; each thread works on one at a time.
_ONCE: ContextVar[tuple[str, str] | None] = ContextVar("request_to_run_once", default=None)


def note_carried_out(connection: Connection) -> None:
    """
    Say in the transaction of a request's effect that it took effect.

    Nothing is to be said outside of a request that must run once.
    """
    request = _ONCE.get()
    if request is not None:
        actor, key = request
        connection.execute(
            update(table)
            .where(table.c.actor == actor, table.c.key == key)
            .values(locked_until=CARRIED_OUT)
        )


@frozen
class PostgresRequestMemory:
    """Each call is its own short transaction."""

    engine: Engine
    cipher: PlatformCipher

    def begin(
        self, *, actor: str, key: str, request_hash: bytes, now: datetime, once: bool = False
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
                _ONCE.set((actor, key) if once else None)
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
            if row.locked_until == CARRIED_OUT:
                raise AnswerLost(
                    "The first request with this Idempotency-Key was carried out, but its"
                    " answer is not known. Look at what it changed."
                )
            if row.locked_until is not None and row.locked_until > now:
                raise StillRunning("The first request with this Idempotency-Key still runs.")
            connection.execute(update(table).where(mine).values(locked_until=now + LEASE))
        _ONCE.set((actor, key) if once else None)
        return None

    def finish(self, *, actor: str, key: str, answer: RememberedAnswer) -> None:
        """Keep the answer."""
        _ONCE.set(None)
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
        """Free the key, unless the request was carried out."""
        _ONCE.set(None)
        with self.engine.begin() as connection:
            connection.execute(
                delete(table).where(
                    table.c.actor == actor,
                    table.c.key == key,
                    table.c.status.is_(None),
                    table.c.locked_until < CARRIED_OUT,
                )
            )
