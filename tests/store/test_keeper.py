"""The event loop's way to the store: work in threads, one store for all who ask, SQL only when it is needed."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from trigate.core.errors import UnknownName, VaultSealed
from trigate.process.keep import LivingThings
from trigate.store.directory import Team
from trigate.store.identity import Actor
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings

ROOT = Actor("root")


async def test_changes_are_seen_by_revision_and_snapshot(settings: StoreSettings):
    keeper = Keeper(settings, asyncio.get_running_loop())
    assert await keeper.revision() == 0
    await keeper.change(ROOT, lambda it: it.create(Team(name="a")))
    assert await keeper.revision() == 1
    assert [each.name for each in (await keeper.snapshot()).teams] == ["a"]
    assert (await keeper.look(ROOT, lambda it: it.get(Team, "a"))).name == "a"
    with pytest.raises(UnknownName):
        await keeper.look(ROOT, lambda it: it.get(Team, "b"))
    keeper.drain()


async def test_a_long_question_holds_up_no_revision(settings: StoreSettings):
    import threading

    keeper, release = Keeper(settings, asyncio.get_running_loop()), threading.Event()
    long = asyncio.ensure_future(keeper.read(lambda connection: release.wait(PATIENCE)))
    assert await keeper.revision() == 0
    assert not long.done()
    release.set()
    assert await long is True
    keeper.drain()


async def test_all_who_ask_with_the_same_settings_share_one(tmp_path: Path):
    keep, loop = LivingThings(), asyncio.get_running_loop()
    generation = keep.begin()
    one, other = (
        generation.adopt("store", StoreSettings(directory=str(tmp_path)), lambda: Keeper(StoreSettings(), loop))
        for _ in range(2)
    )
    assert one is other
    keep.drain()


def test_sql_is_not_loaded_before_there_is_something_to_do():
    code = "import sys, trigate.store.keeper; print('sqlalchemy' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=PATIENCE
    ).stdout
    assert told == "False\n"


NOTHING_KEPT = """
import asyncio, sys
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings

async def main():
    keeper = Keeper(StoreSettings(directory=sys.argv[1]), asyncio.get_running_loop())
    asked = await keeper.revision(), (await keeper.snapshot()).keys, await keeper.balances(), keeper.reached
    print(*asked, await keeper.read(list, []), "sqlalchemy" in sys.modules, "sqlite3" in sys.modules)
    keeper.drain()

asyncio.run(main())
"""


def test_where_nothing_was_ever_kept_no_sql_is_loaded_and_no_file_made(tmp_path: Path):
    command = [sys.executable, "-c", NOTHING_KEPT, str(tmp_path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout
    assert told.split() == ["0", "()", "[]", "True", "[]", "False", "False"]
    assert list(tmp_path.iterdir()) == []


async def test_what_another_process_has_begun_is_seen(tmp_path: Path):
    loop = asyncio.get_running_loop()
    keeper, other = (Keeper(StoreSettings(directory=str(tmp_path)), loop) for _ in range(2))
    before = await keeper.snapshot()
    await other.change(ROOT, lambda it: it.create(Team(name="a")))
    assert (before.revision, await keeper.revision()) == (0, 1)
    assert [each.name for each in (await keeper.snapshot()).teams] == ["a"]
    keeper.drain()
    other.drain()


async def test_what_an_operator_must_repair_is_said_once_and_stays_a_problem(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    loop = asyncio.get_running_loop()
    first = Keeper(StoreSettings(directory=str(tmp_path)), loop)
    await first.change(Actor("root"), lambda it: it.create(Team(name="first")))
    first.drain()
    (tmp_path / "master.key").write_text("another master key of 32 characters")
    keeper = Keeper(StoreSettings(directory=str(tmp_path)), loop)
    for _ in range(2):
        await keeper.revision()
        with pytest.raises(VaultSealed):
            await keeper.snapshot()
    assert "master key" in keeper.problem
    told = capfd.readouterr()
    assert (told.out + told.err).count("cannot be read") == 1
    keeper.drain()


async def test_a_short_reading_stands_before_no_long_one(settings: StoreSettings):
    import threading

    keeper, release = Keeper(settings, asyncio.get_running_loop()), threading.Event()
    long = asyncio.ensure_future(keeper.read(lambda connection: release.wait(PATIENCE)))
    assert await keeper.peek(lambda connection: 5) == 5
    release.set()
    await long
    keeper.drain()
