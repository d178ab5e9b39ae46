"""The first look at the database."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from trigate.core.errors import BadConfig
from trigate.core.settings import Secret
from trigate.store.glance import glance
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


def exchange_version(path: Path, name: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (name,))


@pytest.mark.parametrize("url", ["sqlite:///trigate.db", "sqlite:///an other.db?timeout=3"])
def test_another_schema_is_refused_by_name(tmp_path: Path, url: str):
    settings = StoreSettings(directory=str(tmp_path), url=Secret(url))
    glance(settings)
    store = Store(settings)
    store.open()
    store.close()
    glance(settings)
    (path,) = tmp_path.glob("*.db")
    for name, told in (("0000", "trigate migrate"), ("9999", "newer trigate"), ("", "newer trigate")):
        exchange_version(path, name)
        with pytest.raises(BadConfig, match=told):
            glance(settings)


def test_what_cannot_be_read_shows_later(tmp_path: Path):
    (tmp_path / "trigate.db").write_bytes(b"no database" * 100)
    glance(StoreSettings(directory=str(tmp_path)))
    glance(StoreSettings(directory=str(tmp_path), url=Secret("postgresql://u:p@127.0.0.1:1/db")))
    assert [each.name for each in tmp_path.iterdir()] == ["trigate.db"]
