"""
Every revision goes up and down, and ends where the tables say.
"""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, inspect

from adapters.postgres import migrate as migrations
from adapters.postgres.tables import metadata


def ours(_object: object, name: str | None, kind: str, _reflected: object, _to: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def test_the_migrated_schema_is_what_the_tables_say(database_url: str) -> None:
    with create_engine(database_url, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": ours,
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name in {None, "ledger"},
                "compare_server_default": False,
            },
        )

        assert compare_metadata(context, metadata) == []


def test_every_revision_can_be_undone_and_done_again(empty_database_url: str) -> None:
    migrations.migrate(empty_database_url)
    revisions = [
        script.revision for script in ScriptDirectory(str(migrations._SCRIPTS)).walk_revisions()
    ]
    for revision in revisions[1:]:
        migrations.downgrade(empty_database_url, revision)
    migrations.downgrade(empty_database_url, "base")

    with create_engine(empty_database_url, poolclass=NullPool).connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]

    migrations.migrate(empty_database_url)


def test_migrating_again_changes_nothing(database_url: str) -> None:
    migrations.migrate(database_url)
