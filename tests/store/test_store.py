"""The store: opened when first needed, opened anew after a fault, and shut without the master key."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.patience import PATIENCE
from trigate.core.errors import StoreUnavailable, VaultSealed
from trigate.core.settings import Secret
from trigate.store.directory import Team
from trigate.store.identity import Actor
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

ROOT = Actor("root")


def test_two_that_open_an_empty_file_agree_on_its_pepper(open_sqlite: Callable[..., Store]):
    one, other = open_sqlite(), open_sqlite()
    assert one.snapshot().pepper == other.snapshot().pepper == b""
    other.change(ROOT, lambda it: it.create(Team(name="a")))
    assert one.snapshot().pepper == other.snapshot().pepper
    assert len(one.snapshot().pepper) == 32


def test_a_wrong_master_key_opens_no_snapshot_and_changes_nothing(open_sqlite: Callable[..., Store]):
    right, wrong = (open_sqlite(master_key=Secret(letter * 32)) for letter in "ab")
    right.change(ROOT, lambda it: it.create(Team(name="first")))
    before = right.snapshot()
    with pytest.raises(VaultSealed, match="check store"):
        wrong.snapshot()
    with pytest.raises(VaultSealed):
        wrong.change(ROOT, lambda it: it.create(Team(name="a")))
    assert right.snapshot() == before


def test_where_nobody_was_ever_made_known_no_cipher_is_loaded(
    settings: StoreSettings,
) -> None:
    program = (
        "import sys; from trigate.store.settings import StoreSettings; from trigate.store.store import Store\n"
        f"store = Store(StoreSettings(directory={settings.directory!r}))\n"
        "print(store.snapshot().keys, store.holder('tg_guessed'), 'cryptography' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).split() == ["()", "None", "False"]


def test_another_master_key_may_come_before_anybody_is_known(open_sqlite: Callable[..., Store]):
    store = open_sqlite()
    assert store.entrust("another master key of 32 letters", "root") == 0
    store.change(ROOT, lambda it: it.create(Team(name="a")))
    assert len(store.snapshot().pepper) == 32


def test_a_wiped_file_is_begun_anew(open_sqlite: Callable[..., Store], tmp_path: Path):
    store = open_sqlite()
    store.change(ROOT, lambda it: it.create(Team(name="a")))
    for path in (tmp_path / "data").glob("trigate.db*"):
        path.unlink()
    with pytest.raises(StoreUnavailable):
        store.revision()
    assert store.snapshot().teams == ()


def test_tables_that_vanish_are_told_and_those_that_come_back_are_used(store: Store):
    store.change(ROOT, lambda it: it.create(Team(name="a")))
    with store.writing() as connection:
        connection.execute(text("ALTER TABLE meta RENAME TO gone"))
    with pytest.raises(StoreUnavailable):
        store.revision()
    with store.database.writing() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO meta"))
    assert store.revision() == 1


def test_two_that_begin_at_the_same_moment_agree(settings: StoreSettings) -> None:
    stores = [Store(settings) for _ in range(6)]
    barrier = threading.Barrier(len(stores))

    def begin(store: Store) -> bytes:
        barrier.wait(PATIENCE)
        store.change(Actor(f"root-{stores.index(store)}"), lambda it: it.create(Team(name=f"{stores.index(store)}")))
        return store.snapshot().pepper

    with ThreadPoolExecutor(len(stores)) as threads:
        (pepper,) = set(threads.map(begin, stores))
    assert len(pepper) == 32
    for each in stores:
        each.close()
