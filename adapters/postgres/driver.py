"""
Speaking to the driver below the engine, in the engine's transaction.

For the few statements that come with every change. Their functions keep their plans in the
database, so nothing is gained by preparing them, and they need not be sent one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import NoneType
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.pq.abc import Escaping
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Driver = psycopg.Connection[tuple[Any, ...]]
Value = str | int | bytes | UUID | datetime
Scalar = Value | None
Argument = Scalar | list[Any] | tuple[Any, ...]
_ENCODING = "utf-8"


def driver_of(connection: Connection) -> Driver:
    """The driver's own connection."""
    return cast("Driver", connection.connection.driver_connection)


def call(driver: Driver, function: str, *arguments: Argument) -> bytes:
    """
    Write the call of a function of the database.

    Args:
        function: Its name, never made of data. Its parameters' types decide how text is read.
    """
    escaping = pq.Escaping(driver.pgconn)
    written = b", ".join(_literal(escaping, argument) for argument in arguments)
    return b"select " + function.encode() + b"(" + written + b")"


def send(driver: Driver, *statements: bytes) -> str | None:
    """
    Run statements in one round trip, in the open transaction or in a new one.

    Returns the first value of the last one.

    Raises:
        psycopg.Error: One of them failed; those after it were not run.
    """
    begin = [b"begin"] if driver.pgconn.transaction_status == pq.TransactionStatus.IDLE else []
    with driver.lock:
        result = driver.pgconn.exec_(b"; ".join([*begin, *statements]))
    if driver.closed:
        raise psycopg.OperationalError(result.get_error_message(_ENCODING))
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise psycopg.errors.error_from_result(result, _ENCODING)
    if result.command_status == b"ROLLBACK":
        raise psycopg.errors.InFailedSqlTransaction("what failed before cannot be committed")
    value = result.get_value(0, 0) if result.ntuples else None
    return None if value is None else value.decode()


def engine_error(connection: Connection, error: psycopg.Error) -> BaseException:
    """A driver's error as the engine raises it, without the statement and its parameters."""
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


def _literal(escaping: Escaping, argument: Argument) -> bytes:
    if argument is None:
        return b"null"
    text = _array(argument) if isinstance(argument, list | tuple) else _text(argument)
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL text cannot contain NUL")
    return bytes(escaping.escape_literal(text.encode()))


def _array(values: Sequence[Scalar]) -> str:
    # Nearly always they are of one kind, and a thousand.
    kinds = set(map(type, values))
    if kinds == {str}:
        joined = '","'.join(cast("Sequence[str]", values))
        if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
            return '{"' + joined + '"}'
    write = _IN_ARRAY.get(kinds.pop(), _quoted) if len(kinds) == 1 else _element
    return "{" + ",".join(map(write, values)) + "}"


def _element(value: Scalar) -> str:
    return _IN_ARRAY.get(type(value), _quoted)(value)


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def _quoted(value: Value) -> str:
    return '"' + _text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


_IN_ARRAY: Mapping[type, Callable[[Any], str]] = {
    NoneType: lambda _: "null",
    int: str,
    UUID: lambda value: value.hex,
    datetime: datetime.isoformat,
    bytes: lambda value: f'"\\\\x{value.hex()}"',
}
"""How values stand in an array; what is not here is text."""
