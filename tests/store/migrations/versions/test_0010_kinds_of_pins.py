"""The tenth version: what was pinned before is a tool, and the table is as the schema says."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from trigate.store.database import Database
from trigate.store.migrate import upgrade
from trigate.store.schema import TABLES
from trigate.store.settings import StoreSettings


def test_tools_of_before_stay_pinned(tmp_path):
    database = Database(StoreSettings(directory=str(tmp_path)))
    with database.writing("power_safe") as connection:
        upgrade(connection, "0009")
        connection.execute(
            text("insert into pins values ('git', 'push', 'a', 'x', 'b', 'y', 'odd', 'operator:ed', 1, 2)")
        )
        upgrade(connection, "0010")
        assert [tuple(each) for each in connection.execute(text("select * from pins"))] == [
            ("git", "tool", "push", "a", "x", "b", "y", "odd", "operator:ed", 1, 2)
        ]
        found = compare_metadata(MigrationContext.configure(connection), TABLES)
        assert not [each for each in found if "pins" in repr(each)]
    database.close()
