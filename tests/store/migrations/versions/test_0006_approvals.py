"""Approvals come to a database of version 5, and nothing that is there is lost."""

from sqlalchemy import text

from tests.store.test_approval_row import row
from trigate.store.approval_row import find_approval, put_approval
from trigate.store.database import Database
from trigate.store.migrate import migrate, upgrade
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


def test_a_database_of_version_5_gets_approvals_and_keeps_its_rows(tmp_path):
    settings = StoreSettings(directory=str(tmp_path))
    before = Database(settings)
    with before.writing("power_safe") as connection:
        upgrade(connection, "0005")
        connection.execute(text("INSERT INTO organisations (name) VALUES ('acme')"))
    before.close()
    assert migrate(settings)[0] == "0005"
    store = Store(settings)
    with store.writing() as connection:
        assert put_approval(connection, row("a"), 1)
        assert find_approval(connection, b"d") is not None
    assert [each.name for each in store.snapshot().organisations] == ["acme"]
    store.close()
