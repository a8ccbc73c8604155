"""
Statements below the engine: what they are made of, and what becomes of a failure.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError, OperationalError

from adapters.postgres.driver import Driver, call, driver_of, engine_error, send
from adapters.postgres.engine import build_engine
from domain.ledger.chart import Side

AWKWARD = 'it\'s "quoted", \\ {and} $1 %s; select 1 -- ü\n'
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

_FUNCTIONS = """
create function pg_temp.told(text, bigint, uuid, bytea, timestamptz) returns text language sql
    as $$ select jsonb_build_array($1, $2, $3, encode($4, 'hex'), $5 at time zone 'UTC') $$;
create function pg_temp.listed(text[]) returns text language sql as $$ select to_jsonb($1) $$;
"""


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = build_engine(database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def driver(connection: Connection) -> Driver:
    driver = driver_of(connection)
    driver.execute(_FUNCTIONS.encode())
    return driver


class TestCall:
    def test_says_what_it_was_given(self, driver: Driver) -> None:
        told = call(driver, "pg_temp.told", AWKWARD, 42, UUID(int=7), b"\x00'\\\xff", NOON)

        assert json.loads(send(driver, told) or "") == [
            AWKWARD,
            42,
            str(UUID(int=7)),
            "00275cff",
            "2026-03-01T12:00:00.123456",
        ]

    def test_says_nothing_as_null(self, driver: Driver) -> None:
        assert (
            json.loads(send(driver, call(driver, "pg_temp.told", *[None] * 5)) or "") == [None] * 5
        )

    @pytest.mark.parametrize("values", [[], ["a"], [AWKWARD, "", "null", None, "NULL"], [*Side]])
    def test_says_lists(self, driver: Driver, values: list[str | None]) -> None:
        assert json.loads(send(driver, call(driver, "pg_temp.listed", values)) or "") == values

    def test_refuses_text_that_the_database_would_cut_short(self, driver: Driver) -> None:
        with pytest.raises(psycopg.DataError):
            call(driver, "pg_temp.listed", ["a\0b"])


class TestSend:
    def test_opens_a_transaction_that_the_connection_gives_up(self, connection: Connection) -> None:
        with connection.engine.connect() as other:
            send(driver_of(other), b"create table kettle (n int)")

        assert connection.scalar(text("select to_regclass('kettle')")) is None

    def test_stops_at_the_first_that_fails(self, connection: Connection) -> None:
        with connection.engine.connect() as other, pytest.raises(psycopg.errors.DivisionByZero):
            send(driver_of(other), b"create table kettle (n int)", b"select 1 / 0", b"commit")

        assert connection.scalar(text("select to_regclass('kettle')")) is None

    def test_does_not_take_a_rollback_for_a_commit(self, driver: Driver) -> None:
        with pytest.raises(psycopg.errors.DivisionByZero):
            send(driver, b"select 1 / 0")

        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            send(driver, b"commit")


class TestEngineError:
    def test_is_of_the_kind_that_the_engine_raises(self, connection: Connection) -> None:
        error = engine_error(connection, psycopg.errors.StringDataRightTruncation("too long"))

        assert isinstance(error, DataError)

    def test_of_a_lost_connection_takes_it_out_of_the_pool(self, connection: Connection) -> None:
        driver = driver_of(connection)
        with connection.engine.begin() as other:
            # Waits until the session is gone, for at most a minute.
            other.execute(
                text("select pg_terminate_backend(:pid, 60000)"), {"pid": driver.info.backend_pid}
            )
        with pytest.raises(psycopg.OperationalError) as lost:
            send(driver, b"select 1")

        error = engine_error(connection, lost.value)

        assert isinstance(error, OperationalError)
        assert error.connection_invalidated
        assert connection.invalidated
