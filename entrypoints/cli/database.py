"""
The database that the platform runs on: the embedded server, unless DATABASE_URL names another.

This is the one module of the command line that imports an adapter: the container cannot be built
before there is a database to connect to and its tables exist.
"""

import contextlib
from collections.abc import Iterator, Mapping

from sqlalchemy import select

from adapters.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError, ServerStatus
from adapters.postgres.engine import build_engine
from adapters.postgres.migrate import migrate
from adapters.postgres.tables.identity import app_user
from entrypoints.cli.places import StateDirectory

__all__ = [
    "EmbeddedPostgresError",
    "database_status",
    "delete",
    "is_away",
    "is_empty",
    "migrate_to",
    "running",
    "start",
    "stop",
]


def start(given: Mapping[str, str], state: StateDirectory, *, durable: bool = True) -> str:
    """
    Give the database's URL, starting the embedded server if no other is named.

    Args:
        durable: False for data that nobody wants after a crash.

    Raises:
        EmbeddedPostgresError: It cannot run; the message says why.
    """
    return given.get("DATABASE_URL") or EmbeddedPostgres(state.database, durable=durable).start()


def stop(given: Mapping[str, str], state: StateDirectory) -> None:
    if not given.get("DATABASE_URL"):
        EmbeddedPostgres(state.database).stop()


@contextlib.contextmanager
def running(given: Mapping[str, str], state: StateDirectory) -> Iterator[str]:
    """
    Give the database's URL for a while; an embedded server that was stopped is stopped again.
    """
    was_running = database_status(given, state) == ServerStatus.RUNNING.value
    url = start(given, state)
    try:
        yield url
    finally:
        if not was_running:
            stop(given, state)


def delete(state: StateDirectory) -> None:
    EmbeddedPostgres(state.database).destroy()


def is_empty(url: str) -> bool:
    """
    Say of a migrated database whether it knows nobody yet.
    """
    engine = build_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            return connection.execute(select(app_user.c.id).limit(1)).first() is None
    finally:
        engine.dispose()


def is_away(given: Mapping[str, str], state: StateDirectory) -> bool:
    """
    Say whether the embedded server, if it is the one in use, has ended.
    """
    return database_status(given, state) not in {"DATABASE_URL", ServerStatus.RUNNING.value}


def migrate_to(url: str, revision: str = "head") -> None:
    migrate(url, revision)


def database_status(given: Mapping[str, str], state: StateDirectory) -> str:
    if given.get("DATABASE_URL"):
        return "DATABASE_URL"
    status: ServerStatus = EmbeddedPostgres(state.database).status
    return status.value
