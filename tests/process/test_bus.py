"""The bus over real sockets: services, many streams, a dead other side, and coming back."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.patience import PATIENCE
from tests.process.test_switchboard import end_tasks, eventually
from trigate.core.bus import BusClosed, BusStream
from trigate.process import bus
from trigate.process.bus import Line, Link, Services
from trigate.process.frame import FRAME_BYTES, HEADER, OPENING_BYTES


class Ends:
    """A worker's line, and the control's links, joined by as many sockets as asked for."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.services = Services()
        self.line = Line(self.loop, Services(), first=1)
        self.links: list[Link] = []

    async def join(self) -> None:
        near, far = socket.socketpair()
        link = Link(self.loop, self.services, first=2)
        await self.loop.create_unix_connection(lambda: link, sock=far)
        self.links.append(link)
        await self.line.attach(near)


@pytest_asyncio.fixture
async def ends() -> AsyncIterator[Ends]:
    joined = Ends()
    await joined.join()
    yield joined
    joined.line.close()
    for link in joined.links:
        link.close()
    await end_tasks()


async def echo(stream: BusStream, opening: bytes) -> None:
    await stream.send(b"opened with " + opening)
    while (message := await stream.receive()) is not None:
        await stream.send(message)


async def test_a_service_answers_over_its_stream(ends: Ends):
    ends.services.offered = {"echo": echo}
    stream = await ends.line.open("echo", b"this")
    assert await stream.receive() == b"opened with this"
    await stream.send(b"hello")
    assert await stream.receive() == b"hello"
    stream.close()


async def test_an_opening_may_hold_what_a_caller_sent_and_one_too_long_harms_no_other_stream(ends: Ends):
    ends.services.offered = {"echo": echo}
    first = await ends.line.open("echo", b"first")
    long = b"x" * (4 * FRAME_BYTES)
    stream = await ends.line.open("echo", long)
    assert await stream.receive() == b"opened with " + long
    with pytest.raises(BusClosed):
        await ends.line.open("echo", b"x" * OPENING_BYTES)
    assert await first.receive() == b"opened with first"
    for each in (first, stream):
        each.close()


async def test_a_service_that_returns_ends_its_stream_well(ends: Ends):
    async def once(stream: BusStream, opening: bytes) -> None:
        await stream.send(opening)

    ends.services.offered = {"once": once}
    stream = await ends.line.open("once", b"x")
    assert [await stream.receive(), await stream.receive()] == [b"x", None]


async def test_a_service_that_fails_breaks_its_stream_and_is_reported(ends: Ends):
    async def fail(stream: BusStream, opening: bytes) -> None:
        raise LookupError("a fault")

    told: list[str] = []
    ends.loop.set_exception_handler(lambda _, context: told.append(context["message"]))
    ends.services.offered = {"fail": fail}
    stream = await ends.line.open("fail")
    with pytest.raises(BusClosed):
        await asyncio.wait_for(stream.receive(), PATIENCE)
    await asyncio.sleep(0)
    assert told == ["service fail failed"]


async def test_a_service_nobody_offers_is_closed_at_once(ends: Ends):
    stream = await ends.line.open("nothing")
    with pytest.raises(BusClosed):
        await asyncio.wait_for(stream.receive(), PATIENCE)


async def test_a_slow_stream_does_not_hold_up_another(ends: Ends):
    async def never_read(stream: BusStream, opening: bytes) -> None:
        await asyncio.Event().wait()

    ends.services.offered = {"echo": echo, "stuck": never_read}
    stuck = await ends.line.open("stuck")
    blocked = asyncio.create_task(stuck.send(bytes(2 * 1024 * 1024)))
    stream = await ends.line.open("echo")
    await stream.receive()
    await stream.send(b"still here")
    assert await asyncio.wait_for(stream.receive(), PATIENCE) == b"still here"
    assert not blocked.done()
    ends.line.close()
    with pytest.raises(BusClosed):
        await blocked


async def test_many_streams_at_once(ends: Ends):
    ends.services.offered = {"echo": echo}

    async def one(number: int) -> None:
        stream = await ends.line.open("echo", b"%d" % number)
        assert await stream.receive() == b"opened with %d" % number
        message = b"%d" % number * 5000
        await stream.send(message)
        assert await stream.receive() == message
        stream.close()

    await asyncio.wait_for(asyncio.gather(*(one(number) for number in range(200))), PATIENCE)


async def test_the_death_of_the_other_side_breaks_every_stream_on_both(ends: Ends):
    begun, ended = list[BusStream](), asyncio.Event()

    async def wait(stream: BusStream, opening: bytes) -> None:
        begun.append(stream)
        try:
            await stream.receive()
        except BusClosed:
            ended.set()
            raise

    ends.services.offered = {"wait": wait}
    streams = [await ends.line.open("wait") for _ in range(3)]
    await eventually(lambda: len(begun) == 3)
    ends.links[0].close()
    for stream in streams:
        with pytest.raises(BusClosed):
            await asyncio.wait_for(stream.receive(), PATIENCE)
        with pytest.raises(BusClosed):
            await stream.send(b"x")
    await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_an_opener_waits_for_the_other_process_to_come_back(ends: Ends):
    ends.services.offered = {"echo": echo}
    lost = ends.line._link
    assert lost is not None
    ends.links[0].close()
    await eventually(lambda: lost.closed)
    opening = asyncio.create_task(ends.line.open("echo", b"again"))
    await asyncio.sleep(0)
    assert not opening.done()
    await ends.join()
    stream = await asyncio.wait_for(opening, PATIENCE)
    assert await stream.receive() == b"opened with again"
    stream.close()


async def test_an_opener_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bus, "ATTACH_SECONDS", 0.02)
    line = Line(asyncio.get_running_loop(), Services(), first=1)
    with pytest.raises(BusClosed):
        await line.open("echo")


async def test_an_exchange_of_services_leaves_open_streams_theirs(ends: Ends):
    ends.services.offered = {"echo": echo}
    stream = await ends.line.open("echo")
    await stream.receive()
    ends.services.offered = {}
    await stream.send(b"as before")
    assert await stream.receive() == b"as before"
    stream.close()
    with pytest.raises(BusClosed):
        await (await ends.line.open("echo")).receive()


async def test_a_side_that_breaks_the_protocol_is_cut_off(ends: Ends):
    near, far = socket.socketpair()
    near.setblocking(False)
    link = Link(ends.loop, ends.services, first=2)
    await ends.loop.create_unix_connection(lambda: link, sock=far)
    await ends.loop.sock_sendall(near, HEADER.pack(2**31, 1, 2))
    assert await asyncio.wait_for(ends.loop.sock_recv(near, 1), PATIENCE) == b""
    assert link.closed
    near.close()


async def test_streams_are_bounded_in_number(ends: Ends, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bus, "STREAMS", 2)
    ends.services.offered = {"echo": echo}
    streams = [await ends.line.open("echo") for _ in range(2)]
    with pytest.raises(BusClosed):
        await ends.line.open("echo")
    for stream in streams:
        stream.close()
