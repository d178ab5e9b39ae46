"""The control process's side of shelves: bounded as a whole, and never in the way of anything else."""

import asyncio
import threading
from typing import Any, cast

import pytest

from tests.patience import PATIENCE
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.ids import Ids
from trigate.core.surroundings import Surroundings
from trigate.store import shelf_host
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings
from trigate.store.shelf_host import LOOK_SECONDS, ShelfHost
from trigate.store.shelf_order import Done, Order, encode, read_done


class Stream:
    """One end of a stream; keeps what is said."""

    def __init__(self, *messages: bytes) -> None:
        self.messages = list(messages)
        self.said: list[Done] = []

    async def send(self, message: bytes) -> None:
        self.said.append(read_done(message))

    async def receive(self) -> bytes | None:
        return self.messages.pop(0) if self.messages else None

    def close(self) -> None:
        pass


@pytest.fixture
async def host(settings: StoreSettings):
    loop, nothing = asyncio.get_running_loop(), cast("Any", None)
    keeper = Keeper(settings, loop)
    made = ShelfHost(keeper, Surroundings(loop, Deadlines(), nothing, nothing, nothing, Ids()))
    yield made
    made.drain()
    keeper.drain()


async def ask(host: ShelfHost, order: Order, *messages: bytes) -> Done:
    stream = Stream(*messages)
    await host.serve(stream, encode(order))
    return stream.said[0]


async def test_a_shelf_stays_about_as_large_as_it_may_be(host: ShelfHost):
    for number in range(40):
        await ask(host, Order("put", "s", f"k{number:02d}", 60 + number, 1000), b"x" * 100)
    held = [number for number in range(40) if (await ask(host, Order("get", "s", f"k{number:02d}"))).value]
    assert held == list(range(30, 40))


async def test_one_that_is_written_seldom_is_looked_through_too(host: ShelfHost, monkeypatch: pytest.MonkeyPatch):
    await ask(host, Order("put", "s", "large", 60, 10_000), b"x" * 500)
    now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: now + LOOK_SECONDS + 1)
    await ask(host, Order("put", "s", "small", 70, 100), b"x")
    assert (await ask(host, Order("get", "s", "large"))).value is None
    assert (await ask(host, Order("get", "s", "small"))).value == b"x"


async def test_nonsense_is_answered_and_a_put_without_a_value_is_none(host: ShelfHost):
    stream = Stream()
    await host.serve(stream, b"\xc1")
    assert stream.said[0].problem == "the order cannot be read"
    stream = Stream()
    await host.serve(stream, encode(Order("put", "s", "k")))
    assert stream.said == []


async def test_after_a_change_of_the_store_it_does_nothing_more(host: ShelfHost):
    host.drain()
    assert "have changed" in (await ask(host, Order("get", "s", "k"))).problem


async def test_what_waits_for_a_database_that_hangs_is_bounded(host: ShelfHost, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shelf_host, "MOST_WAITING", 2)
    monkeypatch.setattr(shelf_host, "LARGEST_WAITING", 100)
    well = threading.Event()
    obey = shelf_host._obey  # type: ignore[reportPrivateUsage]

    def hang(*order: Any) -> Done:
        well.wait(PATIENCE)
        return obey(*order)

    assert not (await ask(host, Order("get", "s", "a"))).problem  # the database is there before it hangs
    monkeypatch.setattr(shelf_host, "_obey", hang)
    loop = asyncio.get_running_loop()
    first = loop.create_task(ask(host, Order("put", "s", "a", 60, 1000), b"x" * 200))
    await asyncio.sleep(0)
    assert "too much" in (await ask(host, Order("put", "s", "b", 60, 1000), b"x")).problem
    second = loop.create_task(ask(host, Order("get", "s", "b")))
    await asyncio.sleep(0)
    assert "too much" in (await ask(host, Order("get", "s", "b"))).problem
    well.set()
    assert not (await first).problem
    assert not (await second).problem
    assert (await ask(host, Order("get", "s", "a"))).value == b"x" * 200
