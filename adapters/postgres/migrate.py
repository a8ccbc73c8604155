"""
Bring a database to the newest revision, or back.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

_SCRIPTS = Path(__file__).parent / "migrations"
# Any number, the same everywhere: two processes that migrate at once take turns.
_ADVISORY_LOCK = 7_014_227


def migrate(url: str, revision: str = "head") -> None:
    """
    Upgrade to a revision. Safe to call at every start and from several processes.
    """
    with _locked(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """
    Go back to a revision (`base` for an empty database). Loses what the later ones held.
    """
    with _locked(url) as connection:
        command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


class _locked:  # noqa: N801 - reads as a verb where it is used
    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)

    def __enter__(self) -> Connection:
        self._connection = self._engine.connect()
        self._connection.execute(text("select pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        self._connection.commit()
        return self._connection

    def __exit__(self, *_: object) -> None:
        # Closing the connection for good releases the lock, also after an error.
        self._connection.invalidate()
        self._connection.close()
        self._engine.dispose()
