"""A shelf in the store, asked for over the real bus: found by every worker, and lost without anybody waiting long."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from tests.patience import PATIENCE
from tests.store.shelf_oracle import check_shelf
from trigate.core.bus import BusStream, Service
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import StoreUnavailable
from trigate.core.ids import Ids
from trigate.core.settings import Duration, Size
from trigate.core.surroundings import Surroundings
from trigate.process.bus import Line, Link, Services
from trigate.store.bus_shelf import REST_SECONDS, BusShelf
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings
from trigate.store.shelf_host import ShelfHost
from trigate.store.shelf_order import SERVICE, Done, encode


class Machine:
    """A control process and its workers in one loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.services = Services()
        self._ends: list[Any] = []

    def surroundings(self, bus: Any) -> Surroundings:
        nothing = cast("Any", None)
        return Surroundings(self.loop, Deadlines(), nothing, nothing, bus, Ids())

    def offer(self, service: Service) -> None:
        self.services.offered = {SERVICE: service}

    async def shelf(self, name: str = "s", timeout: float = PATIENCE, largest: int = 100) -> BusShelf:
        line, (near, far) = Line(self.loop, Services(), first=1), socket.socketpair()
        link = Link(self.loop, self.services, first=2)
        await self.loop.create_unix_connection(lambda: link, sock=far)
        await line.attach(near)
        self._ends += [line, link]
        return BusShelf(name, self.surroundings(line), Size(2**30), Size(largest), timeout)

    async def end(self) -> None:
        for each in self._ends:
            each.close()
        async with asyncio.timeout(PATIENCE):
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0)


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    made = Machine()
    yield made
    await made.end()


@pytest.fixture
async def keeping(machine: Machine, settings: StoreSettings) -> AsyncIterator[Machine]:
    """A machine with a real store."""
    keeper = Keeper(settings, machine.loop)
    host = ShelfHost(keeper, machine.surroundings(None))
    machine.offer(host.serve)
    yield machine
    host.drain()
    keeper.drain()


async def test_it_does_what_shelves_do(keeping: Machine):
    await check_shelf(await keeping.shelf())


async def test_what_one_worker_puts_there_another_finds(keeping: Machine):
    one, other, stranger = await keeping.shelf(), await keeping.shelf(), await keeping.shelf("t")
    await one.put("k", b"1", Duration(60))
    assert (await other.get("k"), await stranger.get("k")) == (b"1", None)


async def test_large_things_come_back_whole(keeping: Machine):
    shelf, value = await keeping.shelf(largest=4 * 2**20), os.urandom(3 * 2**20)
    assert await shelf.put("k", value, 60)
    assert await shelf.get("k") == value


async def test_what_has_ended_is_not_found(keeping: Machine, monkeypatch: pytest.MonkeyPatch):
    shelf, now = await keeping.shelf(), clock.wall_ns()
    await shelf.put("k", b"1", 60)
    monkeypatch.setattr(clock, "wall_ns", lambda: now + 120 * 10**9)
    assert await shelf.get("k") is None


async def refused(shelf: BusShelf) -> str:
    with pytest.raises(StoreUnavailable) as found:
        await shelf.get("k")
    return found.value.message


async def test_one_that_does_not_answer_counts_as_lost_and_is_left_alone_for_a_while(machine: Machine):
    asked = list[bytes]()

    async def sleep(stream: BusStream, opening: bytes) -> None:
        asked.append(opening)
        await stream.receive()

    machine.offer(sleep)
    shelf = await machine.shelf(timeout=0.01)
    await refused(shelf)
    await refused(shelf)
    assert len(asked) == 1


async def test_it_is_asked_again_after_a_while(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    answers = [Done(problem="the disk is full"), Done(b"1")]

    async def serve(stream: BusStream, opening: bytes) -> None:
        await stream.send(encode(answers.pop(0)))

    machine.offer(serve)
    shelf, now = await machine.shelf(), clock.monotonic()
    assert await refused(shelf) == "the disk is full"
    monkeypatch.setattr(clock, "monotonic", lambda: now + 2 * REST_SECONDS + PATIENCE)
    assert await shelf.get("k") == b"1"
    shelf.drain()


async def test_a_control_process_that_offers_no_shelf_is_a_lost_one(machine: Machine):
    assert "cannot be had" in await refused(await machine.shelf())


@pytest.mark.parametrize("timeout", [1.0, 10.0])
async def test_who_has_little_time_does_not_wait_for_a_control_process_that_is_not_there(
    machine: Machine, timeout: float, monkeypatch: pytest.MonkeyPatch
):
    waited = list[Line]()

    async def wait(line: Line) -> None:
        waited.append(line)

    monkeypatch.setattr(Line, "_wait", wait)
    line = Line(machine.loop, Services(), first=1)
    shelf = BusShelf("s", machine.surroundings(line), Size(2**30), Size(100), timeout)
    with pytest.raises(StoreUnavailable):
        await shelf.get("key")
    assert bool(waited) is (timeout > 5)
