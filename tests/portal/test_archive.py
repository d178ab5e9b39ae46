"""The portal's way to the store."""

from pathlib import Path

import pytest
from msgspec import Struct

from tests.portal.house import house
from trigate.core.clock import clock
from trigate.core.errors import NameConflict
from trigate.store.login import Login


class Note(Struct):
    text: str


async def test_slips_are_kept_found_taken_and_dropped(tmp_path: Path):
    async with house(tmp_path) as built:
        archive = built.office.archive
        await archive.keep("code", "secret", 60, Note("hello"), login="one")
        with pytest.raises(NameConflict):
            await archive.keep("code", "secret", 60, Note("again"))
        found = await archive.find("code", "secret")
        assert found is not None
        assert (found.body, found.login) == (b'{"text":"hello"}', "one")
        assert await archive.find("session", "secret") is None
        taken = [await archive.take("code", "secret") for _ in range(2)]
        assert [bool(each and each.taken) for each in taken] == [False, True]
        await archive.extend("code", "secret", -1)
        assert await archive.find("code", "secret") is None
        assert await archive.drop("code", "secret") is True
        assert await archive.drop("code", "secret") is False


async def test_logins_are_begun_turned_by_one_and_ended(tmp_path: Path):
    login = Login(id="one", client="c", resource="r", scope="s", how="x", expires=clock.wall_ns() + 10**12)
    async with house(tmp_path) as built:
        archive = built.office.archive
        await archive.begin(login)
        assert await archive.login("one") == login
        assert [await archive.turn(login, 60) for _ in range(2)] == [True, False]
        turned = await archive.login("one")
        assert turned is not None
        assert turned.generation == 1
        await archive.end("one", "x")
        assert await archive.login("one") is None
        await archive.end("nothing", "x")


async def test_people_are_found(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        archive = built.office.archive
        user = await archive.user("ada")
        assert user is not None
        assert user.name == "ada"
        assert await archive.user("eve") is None
        assert (await archive.password("ada")).startswith("scrypt$")
        assert await archive.password("eve") == ""
        key = await archive.key(await built.add_key())
        assert key is not None
        assert key.user == "ada"
        assert await archive.key("tg_other") is None
