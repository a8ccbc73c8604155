"""
Readiness: PostgreSQL answers.
"""

from attrs import frozen
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from domain.shared.errors import Unavailable


class DatabaseAway(Unavailable):
    """PostgreSQL does not answer."""


@frozen
class PostgresReadiness:
    """Asks the smallest question there is."""

    engine: Engine

    def check(self) -> None:
        """Return quietly if the database answers."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("select 1"))
        except SQLAlchemyError as error:
            raise DatabaseAway("The database does not answer.") from error
