"""The door to the database: short waits, clear faults, and nothing lost when a file is locked, full or exchanged."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.patience import PATIENCE
from tests.store.postgres import Server
from trigate.core.errors import BadConfig, NameConflict, StoreUnavailable
from trigate.core.settings import Duration, Secret
from trigate.store.database import Database
from trigate.store.directory import Organisation
from trigate.store.identity import Actor
from trigate.store.migrate import migrate
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

ROOT = Actor("root")


def pragma(store: Store, name: str, durability: str) -> object:
    with store.writing(durability) as connection:  # pyright: ignore[reportArgumentType]
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_the_file_is_for_its_owner_alone_and_keeps_a_log_of_writes(open_sqlite: Callable[..., Store], tmp_path):
    assert pragma(open_sqlite(), "journal_mode", "standard") == "wal"
    assert (tmp_path / "data" / "trigate.db").stat().st_mode & 0o077 == 0


def test_power_safe_transactions_are_synced_and_standard_ones_are_not(open_sqlite: Callable[..., Store]):
    store = open_sqlite()
    assert [pragma(store, "synchronous", each) for each in ("power_safe", "standard", "power_safe")] == [2, 1, 2]


def test_what_raises_is_rolled_back(store: Store):
    with pytest.raises(NameConflict):
        store.change(ROOT, lambda it: [it.create(Organisation(name="x")) for _ in range(2)])
    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM organisations")).scalar() == 0


def test_rows_that_point_nowhere_are_refused_by_the_database(store: Store):
    with pytest.raises(IntegrityError), store.writing() as connection:
        connection.execute(text("INSERT INTO teams (name, organisation) VALUES ('a', 'nobody')"))


def test_a_locked_file_is_waited_for_no_longer_than_told(open_sqlite: Callable[..., Store], tmp_path):
    store = open_sqlite(timeout=Duration(0.2))
    store.open()
    other = sqlite3.connect(tmp_path / "data" / "trigate.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.change(ROOT, lambda it: it.create(Organisation(name="a")))
    other.execute("ROLLBACK")
    other.close()
    store.change(ROOT, lambda it: it.create(Organisation(name="a")))


def test_whoever_finds_a_new_file_being_made_waits_for_it(
    open_sqlite: Callable[..., Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = open_sqlite()
    other = sqlite3.connect(tmp_path / "data" / "trigate.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            other.execute("ROLLBACK")

    monkeypatch.setattr("trigate.store.database.time.sleep", wait)
    store.open()
    assert len(waits) == 3
    other.close()


def test_a_new_file_that_somebody_keeps_is_waited_for_no_longer_than_told(open_sqlite: Callable[..., Store], tmp_path):
    store = open_sqlite(timeout=Duration(0.1))
    other = sqlite3.connect(tmp_path / "data" / "trigate.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.open()
    other.close()
    store.open()


def test_writers_of_one_process_take_turns(open_sqlite: Callable[..., Store]):
    store = open_sqlite(timeout=Duration(0.2))
    with store.writing(), pytest.raises(StoreUnavailable, match="busy"), store.writing():
        pass
    with store.writing():
        pass


def test_a_reader_is_not_held_up_by_a_writer(store: Store):
    store.open()
    with store.writing() as connection:
        connection.execute(text("INSERT INTO meta (name, number) VALUES ('x', 1)"))
        seen: list[int] = []
        reader = threading.Thread(target=lambda: seen.append(store.revision()))
        reader.start()
        reader.join(PATIENCE)
        assert seen == [0]


def test_a_file_that_was_exchanged_is_noticed(open_sqlite: Callable[..., Store], tmp_path):
    store = open_sqlite()
    store.change(ROOT, lambda it: it.create(Organisation(name="before")))
    with store.writing() as connection:
        connection.exec_driver_sql("PRAGMA user_version")
    store.close()
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    store.change(ROOT, lambda it: it.create(Organisation(name="after")))
    shutil.rmtree(tmp_path / "data")
    (tmp_path / "copy").rename(tmp_path / "data")
    assert [each.name for each in store.snapshot().organisations] == ["before"]


def test_a_url_that_cannot_be_read_is_refused_without_its_password(tmp_path):
    with pytest.raises(BadConfig) as told:
        Database(StoreSettings(directory=str(tmp_path), url=Secret("postgresql://me:canary@host:port:port/x")))
    assert "canary" not in str(told.value)


def test_a_server_that_is_gone_is_told_without_its_password(tmp_path):
    url = Secret(f"postgresql://me:canary@/x?host={tmp_path}")
    store = Store(StoreSettings(directory=str(tmp_path), url=url, timeout=Duration(1)))
    with pytest.raises(StoreUnavailable) as told:
        store.open()
    assert "canary" not in str(told.value)


def test_a_server_that_comes_back_serves_again(server: Server, tmp_path):
    settings = StoreSettings(directory=str(tmp_path), url=Secret(server.database()))
    migrate(settings)
    store = Store(settings)
    store.change(ROOT, lambda it: it.create(Organisation(name="a")))
    server.stop()
    with pytest.raises(StoreUnavailable):
        store.revision()
    server.start()
    assert [each.name for each in store.snapshot().organisations] == ["a"]
    store.close()


def test_a_second_door_in_one_process_does_not_open_the_file_to_others(open_sqlite: Callable[..., Store], tmp_path):
    store = open_sqlite()
    store.change(ROOT, lambda rows: rows.create(Organisation(name="before")))
    open_sqlite()
    path = tmp_path / "data" / "trigate.db"
    script = (
        "import sqlite3, sys; file = sqlite3.connect(sys.argv[1]); file.execute('SELECT 1 FROM keys'); file.close()"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=PATIENCE)
    assert path.with_name("trigate.db-wal").exists()
    store.change(ROOT, lambda rows: rows.create(Organisation(name="after")))
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM organisations").fetchone() == (2,)
    file.close()
