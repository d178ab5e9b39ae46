"""The switchboard: workers reach each other through the control process, as fast as the other reads and no longer."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
import pytest_asyncio

from tests.patience import PATIENCE
from trigate.core.bus import BusClosed, BusStream
from trigate.process import switchboard
from trigate.process.bus import Line, Link, Services
from trigate.process.frame import Kind
from trigate.process.stream import WINDOW_BYTES, Stream
from trigate.process.switchboard import Switchboard, decode_names


class Office:
    """A control process and its workers, in one event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.board = Switchboard()
        self.services = Services()
        self.services.offered = self.board.services
        self.lines: list[Line] = []

    async def worker(self, address: str) -> Line:
        near, far = socket.socketpair()
        link, line = Link(self.loop, self.services, first=2), Line(self.loop, Services(), first=1)
        await self.loop.create_unix_connection(lambda: link, sock=far)
        await line.attach(near, address)
        self.board.add(address, link)
        self.lines.append(line)
        return line


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is slow because the machine is busy does answer."""
    monkeypatch.setattr(switchboard, "TELL_SECONDS", PATIENCE)


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    open_office = Office()
    yield open_office
    open_office.board.close()
    for line in open_office.lines:
        line.close()
    await end_tasks()


async def end_tasks() -> None:
    """Wait until nothing is left of what a test began."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def eventually(condition: Callable[[], object]) -> None:
    """Return as soon as `condition` holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)


async def echo(stream: BusStream, opening: bytes) -> None:
    await stream.send(b"opened with " + opening)
    while (message := await stream.receive()) is not None:
        await stream.send(message)


async def heard(stream: BusStream) -> bytes | None:
    return await asyncio.wait_for(stream.receive(), PATIENCE)


async def test_a_stream_to_another_worker_is_like_any_other(office: Office):
    one, two = await office.worker("one"), await office.worker("two")
    two.offer("echo", echo)
    assert (one.own, two.own) == ("one", "two")
    stream = await one.open("echo", b"a\0b", "two")
    assert await heard(stream) == b"opened with a\0b"
    message = b"x" * 1_000_000
    await stream.send(message)
    assert await heard(stream) == message
    stream.close()


async def test_what_is_said_last_still_arrives(office: Office):
    async def talk(stream: BusStream, opening: bytes) -> None:
        for number in range(50):
            await stream.send(b"%d" % number)

    one, two = await office.worker("one"), await office.worker("two")
    two.offer("talk", talk)
    stream = await one.open("talk", b"", "two")
    said = [await heard(stream) for _ in range(51)]
    assert said == [b"%d" % number for number in range(50)] + [None]


async def test_a_caller_that_leaves_ends_the_stream_at_its_owner(office: Office):
    ended = asyncio.Event()

    async def wait(stream: BusStream, opening: bytes) -> None:
        assert await stream.receive() is None
        ended.set()

    one, two = await office.worker("one"), await office.worker("two")
    two.offer("wait", wait)
    (await one.open("wait", b"", "two")).close()
    await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_an_owner_that_is_gone_is_told_apart_from_one_that_has_nothing_to_say(office: Office):
    begun = asyncio.Event()

    async def wait(stream: BusStream, opening: bytes) -> None:
        begun.set()
        await stream.receive()

    one, two = await office.worker("one"), await office.worker("two")
    two.offer("wait", wait)
    under_way = await one.open("wait", b"", "two")
    await asyncio.wait_for(begun.wait(), PATIENCE)
    two.close()
    for stream in (under_way, await one.open("wait", b"", "two"), await one.open("wait", b"", "nobody")):
        with pytest.raises(BusClosed):
            await heard(stream)


async def test_a_service_that_the_owner_does_not_offer_is_a_clear_error(office: Office):
    one, _ = await office.worker("one"), await office.worker("two")
    with pytest.raises(BusClosed):
        await heard(await one.open("nothing", b"", "two"))


async def test_an_owner_that_does_not_read_slows_down_who_sends(office: Office):
    async def never_read(stream: BusStream, opening: bytes) -> None:
        await asyncio.Event().wait()

    one, two = await office.worker("one"), await office.worker("two")
    two.offer("never_read", never_read)
    stream = await one.open("never_read", b"", "two")
    sent = 0

    async def send() -> None:
        nonlocal sent
        while True:
            await stream.send(bytes(16 * 1024))
            sent += 16 * 1024

    sending = asyncio.create_task(send())
    for _ in range(20):
        before = sent
        await asyncio.sleep(0.01)
        if sent == before and sent:
            break
    assert sent < 3 * WINDOW_BYTES
    sending.cancel()


async def test_word_reaches_every_other_worker_before_telling_returns(office: Office):
    lines = [await office.worker(name) for name in ("one", "two", "three")]
    told: list[str] = []

    for line in lines:

        async def note(stream: BusStream, opening: bytes, line: Line = line) -> None:
            await asyncio.sleep(0)
            told.append(f"{line.own} {opening.decode()}")

        line.offer("note", note)
    await asyncio.wait_for(lines[0].tell("note", b"now"), PATIENCE)
    assert sorted(told) == ["three now", "two now"]


async def test_workers_that_do_not_answer_or_care_hold_nobody_up_for_long(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(switchboard, "TELL_SECONDS", 0.05)

    async def stuck(stream: BusStream, opening: bytes) -> None:
        await asyncio.Event().wait()

    one, two, _ = [await office.worker(name) for name in ("one", "two", "three")]
    two.offer("note", stuck)
    await asyncio.wait_for(one.tell("note", b""), PATIENCE)


async def test_a_worker_that_comes_back_is_another(office: Office):
    one, two = await office.worker("one"), await office.worker("two")
    two.close()
    again = await office.worker("two again")
    again.offer("echo", echo)
    assert await heard(await one.open("echo", b"x", "two again")) == b"opened with x"
    with pytest.raises(BusClosed):
        await heard(await one.open("echo", b"x", "two"))


def test_names_that_are_not_there_are_refused():
    assert decode_names(b"a\0b\0c\0d", 2) == (["a", "b"], b"c\0d")
    with pytest.raises(BusClosed):
        decode_names(b"a", 2)


async def test_a_broken_stream_breaks_the_one_it_is_joined_with(office: Office):
    async def fail(stream: BusStream, opening: bytes) -> None:
        assert isinstance(stream, Stream)
        await stream.receive()
        stream.end(Kind.BREAK)

    one, two = await office.worker("one"), await office.worker("two")
    two.offer("fail", fail)
    stream = await one.open("fail", b"", "two")
    await stream.send(b"x")
    with pytest.raises(BusClosed):
        await heard(stream)


async def test_the_control_process_tells_every_worker(office: Office) -> None:
    told = list[tuple[str, bytes]]()

    async def hear(name: str, stream: BusStream, opening: bytes) -> None:
        told.append((name, opening))

    for name in ("one", "two"):
        line = await office.worker(name)
        line.offer("word", partial(hear, name))
    await office.board.announce("word", b"go\0home")
    assert sorted(told) == [("one", b"go\0home"), ("two", b"go\0home")]
