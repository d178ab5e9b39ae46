"""Who is let in by password or key."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.portal.house import FILE_KEY, PASSWORD, House, house
from trigate.core.errors import Forbidden, Overloaded, RateReached, Unauthenticated
from trigate.core.settings import Secret
from trigate.policy.directory import Directory
from trigate.policy.settings import Key
from trigate.portal.doorkeeper import MOST_OF_ADDRESS, MOST_OF_PAIR, MOST_UNDER_WAY
from trigate.portal.visit import Visit


def visit(address: str = "192.0.2.1") -> Visit:
    return Visit(page="login", method="POST", path="/oauth/login", address=address)


async def told(attempt: Callable[[], Awaitable[Any]]) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await attempt()
    return refused.value.message


async def test_a_user_is_let_in_by_the_right_password(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        session = await built.office.doorkeeper.by_password(visit(), "ada", PASSWORD)
        assert (session.user, session.how, session.servers) == ("ada", "password", ("*",))


async def test_nobody_learns_what_was_wrong(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        await built.add_user("bob", "")
        keeper = built.office.doorkeeper
        wrong = [
            ("ada", "other"),
            ("bob", PASSWORD),
            ("eve", PASSWORD),
            ("", PASSWORD),
            ("ada", ""),
            ("ada", "x" * 2000),
        ]
        assert len({await told(lambda one=one: keeper.by_password(visit(), *one)) for one in wrong}) == 1
        assert len({await told(lambda one=one: keeper.by_key(visit(), one)) for one in ("", "tg_unknown", "ä")}) == 1


async def test_guessing_stops_for_the_address_that_guesses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with house(tmp_path) as built:
        await built.add_user()
        keeper = built.office.doorkeeper
        monkeypatch.setattr(keeper, "_compare", lambda kept, password: password == PASSWORD)
        for _ in range(MOST_OF_PAIR):
            await told(lambda: keeper.by_password(visit(), "ada", "guess"))
        with pytest.raises(RateReached):
            await keeper.by_password(visit(), "ada", PASSWORD)
        assert (await keeper.by_password(visit("192.0.2.9"), "ada", PASSWORD)).user == "ada"
        for number in range(MOST_OF_ADDRESS - MOST_OF_PAIR):
            await told(lambda number=number: keeper.by_password(visit(), f"user{number}", "guess"))
        with pytest.raises(RateReached):
            await keeper.by_key(visit(), FILE_KEY)


async def test_a_key_of_the_file_lets_its_user_in(tmp_path: Path):
    async with house(tmp_path) as built:
        session = await built.office.doorkeeper.by_key(visit(), FILE_KEY)
        assert (session.user, session.how, session.key, session.known) == ("grace", "key", "filed", False)


async def test_a_key_of_the_file_is_good_where_it_may_be_used(tmp_path: Path):
    async with house(tmp_path) as built:
        near = Key(secret=Secret("near-" * 8), user="grace", addresses=("198.51.100.0/24",))
        keeper = built.office.doorkeeper
        keeper.use(built.office.archive, Directory({"near": near}))
        assert (await keeper.by_key(visit("198.51.100.7"), "near-" * 8)).key == "near"
        with pytest.raises(Forbidden):
            await keeper.by_key(visit(), "near-" * 8)


async def key(built: House, **members: Any) -> Any:
    return await built.office.doorkeeper.by_key(visit(), await built.add_key(**members))


async def test_a_key_of_the_store_lets_its_user_in_with_what_it_may(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        session = await key(built, servers=("git",))
        assert (session.user, session.key, session.servers) == ("ada", "hers", ("git",))


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"user": ""}, Unauthenticated),
        ({"lanes": ("llm",)}, Unauthenticated),
        ({"expires": 1}, Unauthenticated),
        ({"addresses": ("198.51.100.0/24",)}, Forbidden),
    ],
)
async def test_other_keys_let_nobody_in(tmp_path: Path, members: dict[str, Any], error: type[Exception]):
    async with house(tmp_path) as built:
        await built.add_user()
        with pytest.raises(error):
            await key(built, **members)


async def test_only_so_many_passwords_are_checked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with house(tmp_path) as built:
        await built.add_user()
        keeper = built.office.doorkeeper
        monkeypatch.setattr(keeper, "_under_way", MOST_UNDER_WAY)
        with pytest.raises(Overloaded):
            await keeper.by_password(visit(), "ada", PASSWORD)
