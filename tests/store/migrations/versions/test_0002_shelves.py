"""Shelves come to a database of version 1, and nothing that is there is lost."""

from sqlalchemy import text

from trigate.core.clock import clock
from trigate.store import shelf_row
from trigate.store.database import Database
from trigate.store.migrate import migrate, upgrade
from trigate.store.settings import StoreSettings
from trigate.store.shelf_order import Order
from trigate.store.store import Store


def test_a_database_of_version_1_gets_shelves_and_keeps_its_rows(tmp_path):
    settings = StoreSettings(directory=str(tmp_path))
    before = Database(settings)
    with before.writing("power_safe") as connection:
        upgrade(connection, "0001")
        connection.execute(text("INSERT INTO organisations (name) VALUES ('acme')"))
    before.close()
    assert migrate(settings)[0] == "0001"
    store = Store(settings)
    with store.writing() as connection:
        shelf_row.put(connection, Order("put", "s", "k", 60), b"1", clock.wall_ns())
        assert shelf_row.find(connection, "s", "k", clock.wall_ns()) == b"1"
    assert [each.name for each in store.snapshot().organisations] == ["acme"]
    store.close()
