"""The first tables: the same by migration and at once, and a file as a released program left it can be used."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.store.postgres import Server
from trigate.core.settings import Secret
from trigate.store.database import Database, create_tables, read_version
from trigate.store.directory import Organisation
from trigate.store.identity import Actor
from trigate.store.migrate import migrate
from trigate.store.schema import TABLES
from trigate.store.settings import StoreSettings
from trigate.store.store import Store
from trigate.store.version import CURRENT, name

NOW = name(CURRENT)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path) -> StoreSettings:
    if request.param == "sqlite":
        return StoreSettings(directory=str(tmp_path))
    return StoreSettings(directory=str(tmp_path), url=Secret(request.getfixturevalue("server").database()))


def differences(database: Database) -> list[object]:
    with database.writing() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), TABLES)


def test_an_empty_database_gets_the_tables_of_this_version(empty: StoreSettings):
    assert migrate(empty) == ("", NOW)
    database = Database(empty)
    left = [each for each in differences(database) if "alembic_version" not in repr(each)]
    assert left == []
    database.close()


def test_tables_made_at_once_are_those_of_the_migrations(tmp_path):
    made, migrated = (Database(StoreSettings(directory=str(tmp_path / name))) for name in ("made", "migrated"))
    migrate(StoreSettings(directory=str(tmp_path / "migrated")))
    with made.writing() as connection:
        create_tables(connection)
    assert shape(made) == shape(migrated)
    for each in (made, migrated):
        each.close()


def shape(database: Database) -> dict[str, list[str]]:
    """Columns, keys and indexes of every table, as SQLite itself tells them."""
    found: dict[str, list[str]] = {}
    with database.reading() as connection:
        for name in sorted(TABLES.tables):
            for pragma in ("table_info", "foreign_key_list", "index_list"):
                rows = connection.exec_driver_sql(f"PRAGMA {pragma}({name})").all()
                found[f"{name} {pragma}"] = sorted(str(tuple(row)[1:]) for row in rows)
        found["version"] = [str(read_version(connection))]
    return found


def test_migrating_again_changes_nothing_and_loses_nothing(empty: StoreSettings):
    migrate(empty)
    store = Store(empty)
    store.change(Actor("root"), lambda it: it.create(Organisation(name="acme")))
    assert migrate(empty) == (NOW, NOW)
    assert store.snapshot().organisations[0].name == "acme"
    store.close()


def test_two_that_migrate_at_once_take_turns(server: Server, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    settings = StoreSettings(directory=str(tmp_path), url=Secret(server.database()))
    with ThreadPoolExecutor(2) as threads:
        results = sorted(threads.map(lambda _: migrate(settings), range(2)))
    assert results == [("", NOW), (NOW, NOW)]
