"""Sessions with servers, by whose they are."""

import asyncio
from typing import Any

import pytest

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import UpstreamFailed
from trigate.mcp.fault import ServerFailed
from trigate.mcp.greeting import Greeting
from trigate.mcp.seats import Seats, Ways


class Server:
    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[Greeting] = []

    async def begin(self, profile: int) -> Greeting:
        self.begun.append(profile)
        await asyncio.sleep(0)
        return Greeting("legacy", "2025-11-25", session=f"s-{len(self.begun)}", profile=profile)


def seats(server: Server, most: int = 8) -> Seats:
    made = Seats("git", Deadlines(), most, 900, 30)
    made.ways = Ways(server.begin, server.ended.append)
    return made


async def test_who_comes_again_gets_the_same_session_and_who_comes_at_once_begins_one():
    server = Server()
    sat = seats(server)
    first = await asyncio.gather(*[sat.take((1, "ada")) for _ in range(5)])
    assert len({id(each) for each in first}) == 1
    assert await sat.take((1, "bob")) is not first[0]
    assert await sat.take((2, "ada")) is not first[0]
    assert server.begun == [1, 1, 2]


async def test_a_lost_session_is_begun_again_and_only_by_who_lost_it():
    server = Server()
    sat = seats(server)
    first = await sat.take((1, "ada"))
    sat.lose((1, "ada"), first)
    second = await sat.take((1, "ada"))
    sat.lose((1, "ada"), first)
    sat.lose((9, "nobody"), first)
    assert await sat.take((1, "ada")) is second


async def test_the_session_unused_for_longest_makes_room_and_all_end_with_the_server():
    server = Server()
    sat = seats(server, most=2)
    for owner in ("a", "b", "c"):
        await sat.take((1, owner))
    assert [each.session for each in server.ended] == ["s-1"]
    sat.drain()
    assert len(server.ended) == 3
    assert len(sat) == 0


async def test_what_nobody_uses_is_ended(monkeypatch: pytest.MonkeyPatch):
    server = Server()
    sat = seats(server)
    await sat.take((1, "ada"))
    sat.expire()
    assert len(sat) == 1
    now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: now + 901)
    sat.expire()
    assert (len(sat), len(server.ended)) == (0, 1)


async def test_a_server_that_fails_is_not_asked_again_at_once():
    async def fail(profile: int) -> Any:
        tries.append(profile)
        raise ServerFailed("no")

    tries: list[int] = []
    sat = Seats("git", Deadlines(), 8, 900, 30)
    with pytest.raises(UpstreamFailed):
        await sat.take((1, "early"))
    sat.ways = Ways(fail, tries.append)  # pyright: ignore[reportArgumentType]
    for _ in range(3):
        with pytest.raises(UpstreamFailed):
            await sat.take((1, "ada"))
    assert tries == [1]
