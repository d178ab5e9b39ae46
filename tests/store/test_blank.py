"""A database that was never begun: known without opening it, and only where it could be begun."""

from pathlib import Path

import pytest

from trigate.core.settings import Secret
from trigate.store.blank import file_of, is_blank
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


@pytest.mark.parametrize("url", ["sqlite:///trigate.db", "sqlite:///an other.db?timeout=3"])
def test_a_file_is_blank_until_a_store_is_opened(tmp_path: Path, url: str):
    settings = StoreSettings(directory=str(tmp_path), url=Secret(url))
    assert is_blank(settings)
    store = Store(settings)
    store.open()
    store.close()
    assert not is_blank(settings)
    path = file_of(settings)
    assert path is not None
    assert path.is_file()


def test_a_database_on_a_server_may_hold_anything(tmp_path: Path):
    settings = StoreSettings(directory=str(tmp_path), url=Secret("postgresql://u:p@127.0.0.1:1/db"))
    assert file_of(settings) is None
    assert not is_blank(settings)


def test_a_file_that_could_not_be_made_is_not_taken_for_blank(tmp_path: Path):
    assert not is_blank(StoreSettings(directory=str(tmp_path / "missing")))
    (tmp_path / "file").touch()
    assert not is_blank(StoreSettings(directory=str(tmp_path / "file")))
