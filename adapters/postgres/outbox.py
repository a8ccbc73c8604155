"""
Events, the reactions they call for, and the jobs that run those: stored in one transaction.

The job row is the outbox. A worker that dies leaves the job to another one.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from procrastinate import App, SyncPsycopgConnector
from sqlalchemy import Connection, insert, text

from adapters.postgres.event_codec import encode
from adapters.postgres.tables.kernel import event as event_table
from adapters.postgres.tables.kernel import reaction as reaction_table
from application.shared.ports import Clock, Ids
from domain.shared.events import DomainEvent

ReactionNames = Callable[[type[DomainEvent]], Sequence[str]]

CHANGES_CHANNEL = "scripted_changes"

# Never opened: jobs are deferred through the transaction's own connection.
_jobs = App(connector=SyncPsycopgConnector())


def defer(
    connection: Connection, task: str, queue: str, arguments: Sequence[dict[str, Any]]
) -> None:
    """Queue jobs in the caller's transaction: they exist if and only if it commits."""
    if arguments:
        _jobs.configure_task(
            task, queue=queue, connection=connection.connection.driver_connection
        ).batch_defer(*arguments)


def store_events(
    connection: Connection,
    *,
    events: Sequence[DomainEvent],
    reaction_names: ReactionNames,
    clock: Clock,
    ids: Ids,
) -> None:
    """Write events with a reaction row and a job for each reaction, and tell the listeners."""
    if not events:
        return
    now = clock.now()
    rows = [
        {
            "id": ids.new(),
            "type": type(event).__name__,
            "schema_version": event.schema_version,
            "consultation_id": getattr(event, "consultation_id", None),
            "payload": encode(event),
            "occurred_at": event.occurred_at,
            "recorded_at": now,
        }
        for event in events
    ]
    connection.execute(insert(event_table), rows)
    reactions = [
        {"event_id": row["id"], "name": name, "status": "pending", "created_at": now}
        for row, event in zip(rows, events, strict=True)
        for name in reaction_names(type(event))
    ]
    if reactions:
        connection.execute(insert(reaction_table), reactions)
        defer(
            connection,
            "react",
            "reactions",
            [{"event_id": str(row["event_id"]), "name": row["name"]} for row in reactions],
        )
    for row in rows:
        connection.execute(
            text("select pg_notify(:channel, :change)"),
            {"channel": CHANGES_CHANNEL, "change": _change(row)},
        )


def _change(row: dict[str, Any]) -> str:
    subjects = ("consultation_id", "patient_id", "physician_id")
    change = {key: value for key in subjects if (value := row["payload"].get(key))}
    return json.dumps({"kind": row["type"], **change})


def requeue(connection: Connection, event_id: UUID, name: str) -> None:
    """Queue one reaction again, for a person who mended what had stopped it."""
    defer(connection, "react", "reactions", [{"event_id": str(event_id), "name": name}])
