"""The fifth version, and the ninth that adds to it: the tables of who has logged in are as the schema says."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from trigate.store.database import Database
from trigate.store.migrate import upgrade
from trigate.store.schema import TABLES
from trigate.store.settings import StoreSettings


def test_the_new_tables_are_those_of_the_schema(tmp_path):
    database = Database(StoreSettings(directory=str(tmp_path)))
    with database.writing("power_safe") as connection:
        upgrade(connection, "0009")  # which gave slips their users
        found = compare_metadata(MigrationContext.configure(connection), TABLES)
        ours = ("slips", "logins", "passwords", "signers")
        assert not [each for each in found if any(name in repr(each) for name in ours)]
    database.close()
