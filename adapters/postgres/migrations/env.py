"""
How Alembic reaches the database. Run through `adapters.postgres.migrate`, or `alembic`.
"""

import os
from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine

from adapters.postgres.tables import metadata

LOCK_TIMEOUT = "5s"


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:  # noqa: FBT001
    """Leave the job engine's own tables alone."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def run(connection: Connection) -> None:
    """Apply the revisions in one transaction, giving up early on a busy table."""
    connection.exec_driver_sql(f"set lock_timeout = '{LOCK_TIMEOUT}'")
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=is_ours,
        include_schemas=False,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(os.environ["DATABASE_URL"]).connect() as own:
        run(own)
