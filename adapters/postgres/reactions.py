"""
The reaction log in PostgreSQL.
"""

from datetime import datetime
from uuid import UUID

from attrs import frozen
from sqlalchemy import Engine, select, update

from adapters.postgres.event_codec import decode
from adapters.postgres.outbox import requeue
from adapters.postgres.tables.kernel import event, reaction
from application.workflow.ports import DueReaction
from domain.shared.ids import EventId


@frozen
class PostgresReactionLog:
    """Each note is its own short transaction."""

    engine: Engine

    def begin(self, *, event_id: EventId, name: str, now: datetime) -> DueReaction | None:
        """Count an attempt and hand over the event, unless it was done before."""
        with self.engine.begin() as connection:
            attempt = connection.execute(
                update(reaction)
                .where(
                    reaction.c.event_id == event_id,
                    reaction.c.name == name,
                    reaction.c.status == "pending",
                )
                .values(attempts=reaction.c.attempts + 1, started_at=now)
                .returning(reaction.c.attempts)
            ).scalar()
            if attempt is None:
                return None
            row = connection.execute(select(event).where(event.c.id == event_id)).one()
        return DueReaction(event=decode(row.type, row.payload), attempt=attempt)

    def finish(self, *, event_id: EventId, name: str, now: datetime) -> None:
        """Note that it is done."""
        self._note(event_id, name, status="done", finished_at=now, last_error=None)

    def fail(
        self, *, event_id: EventId, name: str, error: str, given_up: bool, now: datetime
    ) -> None:
        """Note what went wrong."""
        status = "dead" if given_up else "pending"
        finished_at = now if given_up else None
        self._note(event_id, name, status=status, finished_at=finished_at, last_error=error)

    def revive(self, *, event_id: UUID, name: str) -> bool:
        """Queue one that was given up again."""
        with self.engine.begin() as connection:
            revived = connection.execute(
                update(reaction)
                .where(
                    reaction.c.event_id == event_id,
                    reaction.c.name == name,
                    reaction.c.status == "dead",
                )
                .values(status="pending", attempts=0, finished_at=None)
            ).rowcount
            if revived:
                requeue(connection, event_id, name)
        return bool(revived)

    def _note(self, event_id: UUID, name: str, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                update(reaction)
                .where(reaction.c.event_id == event_id, reaction.c.name == name)
                .values(**values)
            )
