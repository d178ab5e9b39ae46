"""Holdings come to a database of version 2, and nothing that is there is lost."""

from sqlalchemy import text

from trigate.store.database import Database
from trigate.store.holding import Holding
from trigate.store.holding_row import find_holding, put_holding
from trigate.store.migrate import migrate, upgrade
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


def test_a_database_of_version_2_gets_holdings_and_keeps_its_rows(tmp_path):
    settings = StoreSettings(directory=str(tmp_path))
    before = Database(settings)
    with before.writing("power_safe") as connection:
        upgrade(connection, "0002")
        connection.execute(text("INSERT INTO organisations (name) VALUES ('acme')"))
    before.close()
    assert migrate(settings)[0] == "0002"
    store = Store(settings)
    with store.writing() as connection:
        put_holding(connection, Holding(id="a", kind="files", owner="team"))
        assert find_holding(connection, "a", "team") is not None
    assert [each.name for each in store.snapshot().organisations] == ["acme"]
    store.close()
