"""Stores for the tests: on SQLite, and on a PostgreSQL server that the tests start themselves."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.store import postgres
from trigate.core.settings import Secret
from trigate.store.migrate import migrate
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A running PostgreSQL server; installed by root on Debian, else the test is skipped by name, or fails under CI."""
    if not (postgres.find("initdb") or postgres.install()):
        reason = "postgresql is not installed: install it, or run `make test` as root on Debian"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    running = postgres.Server()
    yield running
    running.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> StoreSettings:
    """Settings of an empty store of each kind."""
    if request.param == "sqlite":
        return StoreSettings(directory=str(tmp_path / "data"))
    url = request.getfixturevalue("server").database()
    found = StoreSettings(directory=str(tmp_path / "data"), url=Secret(url))
    migrate(found)
    return found


@pytest.fixture
def store(settings: StoreSettings) -> Iterator[Store]:
    """An empty store of each kind."""
    opened = Store(settings)
    yield opened
    opened.close()


@pytest.fixture
def open_sqlite(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Opens SQLite stores with given settings, all in one directory; closed at the end."""
    opened: list[Store] = []

    def open_one(**more: object) -> Store:
        opened.append(Store(StoreSettings(**{"directory": str(tmp_path / "data"), **more})))  # pyright: ignore[reportArgumentType]
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()
