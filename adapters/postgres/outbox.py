"""
Events, the reactions they call for, and the jobs that run those: stored in one transaction.

The job row is the outbox. A worker that dies leaves the job to another one.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from procrastinate import App, SyncPsycopgConnector
from sqlalchemy import Connection

from adapters.postgres.driver import Driver, call
from adapters.postgres.event_codec import encode
from application.shared.ports import Clock, Ids
from domain.shared.events import DomainEvent

ReactionNames = Callable[[type[DomainEvent]], Sequence[str]]

CHANGES_CHANNEL = "scripted_changes"

# What the job engine's own trigger says of a job; its workers look for any, not for this one.
_JOB_INSERTED = '{"type": "job_inserted", "job_id": 0}'
_JOB_CHANNELS = ("procrastinate_any_queue_v1", "procrastinate_queue_v1#reactions")

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


@frozen
class Outgoing:
    """
    What goes with a transaction.

    Args:
        stored: Statements for within it.
        told: Statements for right after it.
    """

    stored: tuple[bytes, ...] = ()
    told: tuple[bytes, ...] = ()


def outgoing(
    driver: Driver,
    *,
    events: Sequence[DomainEvent],
    reaction_names: ReactionNames,
    clock: Clock,
    ids: Ids,
) -> Outgoing:
    """
    Events with a reaction row and a job for each reaction, and the notices to listeners.

    These are not part of the transaction: one that notifies keeps a lock of the whole server
    until it is on the disk, so that such transactions would commit one after the other. Sent in
    one go with the commit, a notice is lost only with the server, and then its listeners look
    for themselves, as workers do every second.
    """
    if not events:
        return Outgoing()
    rows = [_row(event, ids.new(), reaction_names(type(event))) for event in events]
    notices = [(CHANGES_CHANNEL, _change(row)) for row in rows]
    if any(row["reactions"] for row in rows):
        notices += [(channel, _JOB_INSERTED) for channel in _JOB_CHANNELS]
    return Outgoing(
        stored=(call(driver, "store_events", json.dumps(rows), clock.now()),),
        told=tuple(call(driver, "pg_notify", *notice) for notice in notices),
    )


def _row(event: DomainEvent, event_id: UUID, reactions: Sequence[str]) -> dict[str, Any]:
    payload = encode(event)
    return {
        "id": str(event_id),
        "type": type(event).__name__,
        "schema_version": event.schema_version,
        "consultation_id": payload.get("consultation_id"),
        "payload": payload,
        "occurred_at": payload["occurred_at"],
        "reactions": list(reactions),
    }


def _change(row: dict[str, Any]) -> str:
    subjects = ("consultation_id", "patient_id", "physician_id")
    change = {key: value for key in subjects if (value := row["payload"].get(key))}
    return json.dumps({"kind": row["type"], **change})


def requeue(connection: Connection, event_id: UUID, name: str) -> None:
    """Queue one reaction again, for a person who mended what had stopped it."""
    defer(connection, "react", "reactions", [{"event_id": str(event_id), "name": name}])
