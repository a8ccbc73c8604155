"""
PostgreSQL for tests: one server for the run, one migrated database for each test that asks.

`TEST_DATABASE_URL` names a server to use instead; its role needs CREATEDB and CREATEROLE.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

from adapters.postgres.embedded import EmbeddedPostgres

_DIRECTORY = "SCRIPTED_TEST_POSTGRES"
_PREFIX = "scripted-tests-"
_MIGRATION_LOCK = 7_001_001
"""Roles belong to the whole server, so that two workers must not migrate at once."""


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or "TEST_DATABASE_URL" in os.environ:
        return
    _remove_abandoned_servers()
    directory = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    directory.chmod(0o755)
    os.environ[_DIRECTORY] = str(directory)


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    directory = os.environ.pop(_DIRECTORY, None)
    if directory:
        _remove(Path(directory))


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """
    The URL of a server with a role that may create databases and roles.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        return url
    return EmbeddedPostgres(Path(os.environ[_DIRECTORY]) / "pg", durable=False).start()


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    """
    The name of a migrated database that is only ever copied.
    """
    from adapters.postgres.migrate import migrate

    with temporary_database(postgres_url) as url:
        with _connect(postgres_url) as connection:
            connection.execute("select pg_advisory_lock(%s)", [_MIGRATION_LOCK])
            migrate(url.render_as_string(hide_password=False))
        assert url.database is not None
        yield url.database


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """
    The URL of a fresh, migrated database that is dropped after the test.
    """
    with temporary_database(postgres_url, template=template_database) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """
    The URL of a fresh database in which nothing was migrated.
    """
    with temporary_database(postgres_url) as url:
        yield url.render_as_string(hide_password=False)


@contextlib.contextmanager
def temporary_database(server: str, *, template: str = "template1") -> Iterator[URL]:
    """
    A database of its own on this server, dropped at the end.
    """
    name = f"test_{secrets.token_hex(6)}"
    with _connect(server) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    try:
        yield make_url(server).set(database=name)
    finally:
        with _connect(server) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _remove_abandoned_servers() -> None:
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid = directory.name.removeprefix(_PREFIX).partition("-")[0]
        # Two runs that begin at once may both find it: whose it is by then, sees to it.
        with contextlib.suppress(FileNotFoundError):
            ours = directory.stat().st_uid == os.geteuid()
            if (
                ours
                and pid.isdigit()
                and not Path("/proc", pid).exists()
                and Path("/proc/self").exists()
            ):
                _remove(directory)


def _remove(directory: Path) -> None:
    EmbeddedPostgres(directory / "pg", durable=False).destroy()
    shutil.rmtree(directory)
