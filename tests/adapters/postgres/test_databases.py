"""
The database fixtures that other tests stand on.
"""

import psycopg
from sqlalchemy import create_engine, text


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def test_a_database_is_empty_and_owned_by_an_ordinary_role(empty_database_url: str) -> None:
    with psycopg.connect(_plain(empty_database_url)) as connection:
        row = connection.execute(
            "select rolsuper, rolbypassrls,"
            " (select count(*) from information_schema.tables where table_schema = 'public')"
            " from pg_roles where rolname = current_user"
        ).fetchone()

    assert row == (False, False, 0)


def test_sqlalchemy_understands_the_url(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)

    with engine.connect() as connection:
        assert connection.scalar(text("select 1")) == 1

    engine.dispose()
