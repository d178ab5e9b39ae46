"""Migration: what is newer or foreign is refused and left as it is."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from trigate.core.errors import BadConfig
from trigate.store.database import Database
from trigate.store.migrate import migrate
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


def attempt(settings: StoreSettings) -> None:
    """Open a store and let go of it."""
    with closing(Store(settings)) as store:
        store.open()


def test_a_newer_schema_is_refused_and_left_as_it_is(settings: StoreSettings):
    migrate(settings)
    database = Database(settings)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(BadConfig, match=r"0999.*newer trigate"):
        migrate(settings)
    with pytest.raises(BadConfig, match=r"0999.*newer trigate"):
        attempt(settings)
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0999"
    database.close()


def test_an_older_schema_does_not_serve_and_names_the_remedy(settings: StoreSettings):
    migrate(settings)
    database = Database(settings)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(BadConfig, match="run `trigate migrate`"):
        attempt(settings)
    database.close()


def test_a_database_of_something_else_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "trigate.db") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    settings = StoreSettings(directory=str(tmp_path))
    for refused in (migrate, attempt):
        with pytest.raises(BadConfig):
            refused(settings)
    with sqlite3.connect(tmp_path / "trigate.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    connection.close()


def test_a_postgresql_database_without_tables_names_the_remedy(server, tmp_path):
    from trigate.core.settings import Secret

    store = Store(StoreSettings(directory=str(tmp_path), url=Secret(server.database())))
    with pytest.raises(BadConfig, match="run `trigate migrate`"):
        store.open()
    store.close()
