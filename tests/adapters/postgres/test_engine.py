"""
The pool hands out living connections.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from adapters.postgres import engine as engine_module
from adapters.postgres.engine import build_engine

ENDED = text("select pg_terminate_backend(:pid, 60000)")
ME = text("select pg_backend_pid()")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=3)
    yield engine
    engine.dispose()


@pytest.fixture
def other_engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


def session(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(ME).scalar_one())


def end(other_engine: Engine, *sessions: int) -> None:
    with other_engine.begin() as connection:
        for pid in sessions:
            connection.execute(ENDED, {"pid": pid})


def test_a_living_connection_is_used_again(engine: Engine) -> None:
    assert session(engine) == session(engine)


@pytest.mark.parametrize("trusted_seconds", [3600.0, 0.0])
def test_a_connection_whose_server_is_gone_is_replaced(
    engine: Engine, other_engine: Engine, monkeypatch: pytest.MonkeyPatch, trusted_seconds: float
) -> None:
    monkeypatch.setattr(engine_module, "_TRUSTED_SECONDS", trusted_seconds)
    ended = session(engine)
    end(other_engine, ended)

    assert session(engine) != ended


def test_so_are_all_others_when_the_server_was_restarted(
    engine: Engine, other_engine: Engine
) -> None:
    with engine.connect() as first, engine.connect() as second, engine.connect() as third:
        ended = {int(each.execute(ME).scalar_one()) for each in (first, second, third)}
    end(other_engine, *ended)

    with engine.connect() as first, engine.connect() as second, engine.connect() as third:
        now = {int(each.execute(ME).scalar_one()) for each in (first, second, third)}
    assert now.isdisjoint(ended)


def test_one_that_has_something_to_say_and_lives_is_kept(
    engine: Engine, other_engine: Engine
) -> None:
    with engine.connect() as connection:
        connection.execute(text("listen gossip"))
        connection.commit()
        told = int(connection.execute(ME).scalar_one())
    with other_engine.begin() as connection:
        connection.execute(text("notify gossip"))

    assert session(engine) == told
