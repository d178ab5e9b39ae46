"""An outage of the store: told to workers that come, and to all when it changes."""

import asyncio
from typing import cast

import pytest

from trigate.core.bus import Bus, BusClosed
from trigate.core.tasks import spawn
from trigate.process import outage
from trigate.process.outage import Outage, OutageWatch


class Pipe:
    """One end of a stream."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.other = self

    @classmethod
    def pair(cls) -> "tuple[Pipe, Pipe]":
        one, two = cls(), cls()
        one.other, two.other = two, one
        return one, two

    async def send(self, message: bytes) -> None:
        self.other.messages.put_nowait(message)

    async def receive(self) -> bytes | None:
        return await self.messages.get()

    def close(self) -> None:
        self.messages.put_nowait(None)
        self.other.messages.put_nowait(None)


class FakeBus:
    def __init__(self, service: Outage) -> None:
        self.service = service
        self.opened: list[Pipe] = []
        self.told: list[asyncio.Task[None]] = []
        self.broken = 0

    async def open(self, service: str, opening: bytes = b"") -> Pipe:
        if self.broken:
            self.broken -= 1
            raise BusClosed
        near, far = Pipe.pair()
        self.opened.append(near)
        self.told.append(spawn(self.service.tell(far, opening), "told"))
        return near


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "RETRY_SECONDS", 0)


async def test_a_worker_learns_how_it_stands_and_every_change():
    service, heard = Outage(), list[bool]()
    watch = OutageWatch(cast("Bus", FakeBus(service)), lambda: heard.append(watch.down))
    task = spawn(watch.run(), "watch")
    await settle()
    assert not watch.known
    waiting = watch.wait()
    service.note("gone")
    await settle()
    assert waiting.done()
    for problem in ("still gone", "", "", "gone again"):
        service.note(problem)
        await settle()
    task.cancel()
    assert heard == [True, False, True]


async def test_what_was_said_last_holds_while_the_other_process_restarts():
    service = Outage()
    service.note("gone")
    bus = FakeBus(service)
    watch = OutageWatch(cast("Bus", bus), lambda: None)
    task = spawn(watch.run(), "watch")
    await settle()
    bus.broken, bus.service = 3, Outage()
    bus.opened[0].close()
    await settle()
    assert len(bus.opened) == 2
    assert watch.down, "who has not asked yet says nothing"
    bus.service.note("")
    await settle()
    task.cancel()
    assert not watch.down


async def test_who_hears_nothing_takes_it_for_an_outage_until_there_is_a_word():
    service, heard = Outage(), list[bool]()
    watch = OutageWatch(cast("Bus", FakeBus(service)), lambda: heard.append(watch.down))
    waiting = watch.wait()
    gone = watch.wait()
    gone.cancel()
    watch.give_up()
    assert waiting.done()
    task = spawn(watch.run(), "watch")
    service.note("")
    await settle()
    task.cancel()
    assert heard == [True, False]


async def test_a_first_word_that_all_is_well_is_told_once():
    service, heard = Outage(), list[bool]()
    service.note("")
    watch = OutageWatch(cast("Bus", FakeBus(service)), lambda: heard.append(watch.down))
    task = spawn(watch.run(), "watch")
    await settle()
    task.cancel()
    assert heard == [False]


async def test_nothing_is_left_of_a_worker_that_has_gone():
    bus = FakeBus(Outage())
    watch = OutageWatch(cast("Bus", bus), lambda: None)
    task = spawn(watch.run(), "watch")
    await settle()
    task.cancel()
    bus.opened[0].close()
    await settle()
    assert bus.told[0].done()
