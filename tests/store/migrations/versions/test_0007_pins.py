"""Pins come to a database of version 6, and nothing that is there is lost."""

from pathlib import Path

from sqlalchemy import text

from tests.store.test_pin_row import approve, see
from trigate.store.database import Database
from trigate.store.migrate import migrate, upgrade
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


def test_a_database_of_version_6_gets_pins_and_keeps_its_rows(tmp_path: Path):
    settings = StoreSettings(directory=str(tmp_path))
    before = Database(settings)
    with before.writing("power_safe") as connection:
        upgrade(connection, "0006")
        connection.execute(text("INSERT INTO organisations (name) VALUES ('acme')"))
    before.close()
    assert migrate(settings)[0] == "0006"
    store = Store(settings)
    assert see(store, "approved", "a").why == "new"
    assert approve(store)[0].digest == "a"
    assert [each.name for each in store.snapshot().organisations] == ["acme"]
    store.close()
