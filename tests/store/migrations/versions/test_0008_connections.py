"""The eighth version: the table of connections is as the schema says."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from trigate.store.database import Database
from trigate.store.migrate import upgrade
from trigate.store.schema import TABLES
from trigate.store.settings import StoreSettings


def test_the_new_table_is_that_of_the_schema(tmp_path):
    database = Database(StoreSettings(directory=str(tmp_path)))
    with database.writing("power_safe") as connection:
        upgrade(connection, "0008")
        found = compare_metadata(MigrationContext.configure(connection), TABLES)
        ours = ("connections",)
        assert not [each for each in found if any(name in repr(each) for name in ours)]
    database.close()
