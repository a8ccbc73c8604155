"""
The pool of connections to PostgreSQL.
"""

import select
import time
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

_TRUSTED_SECONDS = 5.0


def build_engine(url: str, *, pool_size: int = 10) -> Engine:
    """
    Make an engine for `postgresql+psycopg://…`; a plain `postgresql://` is understood too.
    """
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        # Parameters may be PHI: they must not end up in an error's text.
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC -c lock_timeout=10000", "connect_timeout": 10},
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _refuse_lost)
    return engine


def _note_use(_driver: object, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _refuse_lost(driver: psycopg.Connection[Any], record: Any, _proxy: object) -> None:
    """
    Hand out no connection whose server is gone; the pool then makes new ones.

    A server that ends says so on the socket, which costs nothing to look at. One that cannot
    be reached any more is found by asking, unless it answered a moment ago.
    """
    used_at = record.info.get("used_at")
    if used_at is None:
        return
    if time.monotonic() - used_at < _TRUSTED_SECONDS and _is_silent(driver):
        return
    try:
        driver.pgconn.exec_(b"")
    except psycopg.OperationalError as error:
        raise InvalidatePoolError from error
    if driver.closed:
        raise InvalidatePoolError


def _is_silent(driver: psycopg.Connection[Any]) -> bool:
    if driver.closed:
        return False
    looking = select.poll()
    looking.register(driver.pgconn.socket, select.POLLIN)
    return not looking.poll(0)
