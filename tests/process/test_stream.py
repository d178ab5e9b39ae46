"""Streams: order, credit, bounds, and how each kind of end is told."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigate.core.bus import BusClosed
from trigate.process.frame import FRAME_BYTES, FrameError, Kind
from trigate.process.stream import CREDIT, MESSAGE_BYTES, MESSAGE_OVERHEAD, WINDOW_BYTES, Stream


class Wire:
    """A carrier that keeps frames until they are delivered to the stream at the other end."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.paused = False
        self.sent: list[tuple[Kind, bytes]] = []
        self.forgotten = 0

    def write(self, stream: int, kind: Kind, payload: bytes) -> None:
        self.sent.append((kind, payload))

    def forget(self, stream: Stream) -> None:
        self.forgotten += 1

    def deliver(self, to: Stream) -> int:
        frames, self.sent = self.sent, []
        for kind, payload in frames:
            if kind in (Kind.PART, Kind.LAST):
                to.take(kind, payload)
            elif kind is Kind.CREDIT:
                to.grow(CREDIT.unpack(payload)[0])
            else:
                to.finish(kind)
        return len(frames)


def ends() -> tuple[Stream, Wire, Stream, Wire]:
    one, two = Wire(), Wire()
    return Stream(one, 1), one, Stream(two, 1), two


async def soon(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3 * WINDOW_BYTES), max_size=6))
def test_messages_of_any_size_arrive_whole_and_in_order(sizes: list[int]):
    messages = [bytes([number]) * size for number, size in enumerate(sizes)]

    async def dialogue() -> list[bytes]:
        near, near_wire, far, far_wire = ends()
        found: list[bytes] = []

        async def write() -> None:
            for message in messages:
                await near.send(message)
            near.close()

        async def read() -> None:
            while (message := await far.receive()) is not None:
                found.append(message)

        tasks = [asyncio.create_task(write()), asyncio.create_task(read())]
        while not all(task.done() for task in tasks):
            near_wire.deliver(far)
            far_wire.deliver(near)
            await asyncio.sleep(0)
        for task in tasks:
            task.result()
        return found

    assert asyncio.run(dialogue()) == messages


async def test_a_writer_waits_while_its_reader_does_not_read():
    near, near_wire, far, far_wire = ends()
    count = 0

    async def write() -> None:
        nonlocal count
        while True:
            await near.send(bytes(1000))
            count += 1

    task = asyncio.create_task(write())
    for _ in range(2000):
        near_wire.deliver(far)
        far_wire.deliver(near)
        await asyncio.sleep(0)
    assert count <= WINDOW_BYTES // (1000 + MESSAGE_OVERHEAD) + 1
    for _ in range(count):
        await far.receive()
    before = count
    far_wire.deliver(near)
    await soon(lambda: count > before)
    task.cancel()


async def test_empty_messages_are_bounded_too():
    near, near_wire, far, _ = ends()
    for _ in range(WINDOW_BYTES // MESSAGE_OVERHEAD):
        await near.send(b"")
    near_wire.deliver(far)
    blocked = asyncio.create_task(near.send(b""))
    await asyncio.sleep(0)
    assert not blocked.done()
    near.finish(Kind.BREAK)
    with pytest.raises(BusClosed):
        await blocked


async def test_only_one_unread_message_may_exceed_the_window():
    near, near_wire, far, far_wire = ends()
    big = bytes(2 * WINDOW_BYTES)

    async def write() -> None:
        for _ in range(3):
            await near.send(big)

    task = asyncio.create_task(write())
    for _ in range(500):
        near_wire.deliver(far)
        far_wire.deliver(near)
        await asyncio.sleep(0)
    assert not task.done()
    for _ in range(3):
        reading = asyncio.create_task(far.receive())
        while not reading.done():
            near_wire.deliver(far)
            far_wire.deliver(near)
            await asyncio.sleep(0)
        assert reading.result() == big
    await task


async def test_a_writer_waits_while_the_socket_takes_no_more():
    near, near_wire, _, _ = ends()
    near_wire.paused = True
    task = asyncio.create_task(near.send(b"x"))
    await asyncio.sleep(0)
    assert near_wire.sent == []
    near_wire.paused = False
    near.resume()
    await task
    assert near_wire.sent == [(Kind.LAST, b"x")]


async def test_two_writers_never_mix_the_parts_of_their_messages():
    near, near_wire, far, far_wire = ends()
    one, two = b"1" * (WINDOW_BYTES + 5), b"2" * (WINDOW_BYTES + 5)
    tasks = [asyncio.create_task(near.send(one)), asyncio.create_task(near.send(two))]
    found: list[bytes | None] = []
    reading = asyncio.create_task(far.receive())
    while len(found) < 2:
        near_wire.deliver(far)
        far_wire.deliver(near)
        await asyncio.sleep(0)
        if reading.done():
            found.append(reading.result())
            reading = asyncio.create_task(far.receive())
    reading.cancel()
    assert found == [one, two]
    await asyncio.gather(*tasks)


async def test_what_was_sent_before_a_good_end_still_arrives():
    near, near_wire, far, _ = ends()
    await near.send(b"last words")
    near.close()
    near.close()
    near_wire.deliver(far)
    assert await far.receive() == b"last words"
    assert await far.receive() is None
    with pytest.raises(BusClosed):
        await far.send(b"too late")


async def test_a_break_wakes_reader_and_writer_with_an_error():
    near, _, _, _ = ends()
    writing = asyncio.create_task(near.send(bytes(2 * WINDOW_BYTES)))
    await asyncio.sleep(0)
    reading = asyncio.create_task(near.receive())
    await asyncio.sleep(0)
    near.finish(Kind.BREAK)
    with pytest.raises(BusClosed):
        await writing
    with pytest.raises(BusClosed):
        await reading


async def test_a_side_that_ignores_its_credit_is_found_out():
    _, _, far, _ = ends()

    def flood() -> None:
        for _ in range(WINDOW_BYTES // FRAME_BYTES + 3):
            far.take(Kind.LAST, bytes(FRAME_BYTES))

    with pytest.raises(FrameError):
        flood()


async def test_a_message_without_end_is_found_out():
    _, _, far, _ = ends()

    def flood() -> None:
        for _ in range(MESSAGE_BYTES // FRAME_BYTES + 1):
            far.take(Kind.PART, bytes(FRAME_BYTES))

    with pytest.raises(FrameError):
        flood()


async def test_a_message_above_the_bound_is_refused_and_nothing_of_it_is_sent():
    near, near_wire, _, _ = ends()
    with pytest.raises(ValueError, match="at most"):
        await near.send(bytes(MESSAGE_BYTES + 1))
    assert near_wire.sent == []


async def test_a_cancelled_reader_loses_no_message():
    near, near_wire, far, _ = ends()
    reading = asyncio.create_task(far.receive())
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.sleep(0)
    await near.send(b"kept")
    near_wire.deliver(far)
    assert await far.receive() == b"kept"
