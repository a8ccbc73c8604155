"""
Speaking to the driver below the engine, in the engine's transaction.
"""

from typing import Any, cast

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Driver = psycopg.Connection[tuple[Any, ...]]


def driver_of(connection: Connection) -> Driver:
    """The driver's own connection."""
    return cast("Driver", connection.connection.driver_connection)


def engine_error(connection: Connection, error: psycopg.Error) -> BaseException:
    """A driver's error as the engine raises it, without the parameters."""
    lost = driver_of(connection).closed
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        None,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=connection.dialect,
    )
