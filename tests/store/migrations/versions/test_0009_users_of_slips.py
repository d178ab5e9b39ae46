"""The ninth version: slips say in whose name they act."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from trigate.store.database import Database
from trigate.store.migrate import upgrade
from trigate.store.schema import TABLES
from trigate.store.settings import StoreSettings


def test_slips_of_before_stay_and_have_nobody(tmp_path):
    database = Database(StoreSettings(directory=str(tmp_path)))
    with database.writing("power_safe") as connection:
        upgrade(connection, "0008")
        connection.execute(
            text("insert into slips (digest, kind, login, expires, body) values ('a', 'client', '', 1, '')")
        )
        upgrade(connection, "0009")
        assert connection.execute(text('select "user" from slips')).scalars().all() == [""]
        found = compare_metadata(MigrationContext.configure(connection), TABLES)
        assert not [each for each in found if "slips" in repr(each)]
    database.close()
