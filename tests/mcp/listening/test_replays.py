"""An answer that was a stream is replayed in whichever worker it was recorded."""

import asyncio

import pytest

from tests.mcp.listening.servers import eventually
from tests.mcp.listening.workers import joined
from tests.mcp.stage import Edge
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.parts import Data
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.mcp.listening.event_id import StreamName, read_id
from trigate.mcp.listening.replays import Replays

MARK = b"m" * 16


def workers(*names: str) -> list[Replays]:
    return [Replays(bus, Deadlines()) for bus in joined(*names)]


def edge() -> Edge:
    return Edge(Signal(asyncio.get_running_loop()))


def place(id: bytes) -> tuple[StreamName, int]:
    found = read_id(id)
    assert found is not None
    return found


@pytest.mark.parametrize("worker", [0, 1])
async def test_the_rest_is_replayed_and_what_comes_later_too(worker: int):
    both = workers("1", "2")
    tape = both[0].record(MARK, b"7")
    tape.say(b"1")
    tape.say(b"2")
    name, number = place(tape.id(1))
    assert name.id == "7"
    caller = edge()
    rest = spawn(both[worker].replay(MARK, name, number, caller, caller.signal), "rest")
    await eventually(lambda: len(caller.parts) == 1)
    tape.say(b"3")
    tape.end()
    assert await rest
    said = [part.payload for part in caller.parts if isinstance(part, Data)]
    assert [each.splitlines()[-2] for each in said] == [b"data: 2", b"data: 3"]


async def test_a_caller_that_leaves_the_other_worker_is_not_written_to():
    both = workers("1", "2")
    tape = both[0].record(MARK, b"7")
    tape.say(b"1")
    name, _ = place(tape.id(1))
    caller = edge()
    rest = spawn(both[1].replay(MARK, name, 0, caller, caller.signal), "rest")
    await eventually(lambda: tape.reader)
    rest.cancel()
    await eventually(lambda: tape.reader is None)


async def test_a_stream_of_another_session_or_of_nobody_is_not_there():
    one, two = workers("1", "2")
    tape = one.record(MARK, b"7")
    tape.say(b"1")
    name, _ = place(tape.id(1))
    caller = edge()
    for replays in (one, two):
        assert not await replays.replay(b"other", name, 0, caller, caller.signal)
    for gone in (StreamName("none", "1"), StreamName("none", "9"), StreamName("none", "-")):
        assert not await two.replay(MARK, gone, 0, caller, caller.signal)
    one.forget(MARK)
    assert not await two.replay(MARK, name, 0, caller, caller.signal)


async def test_streams_are_forgotten_some_time_after_their_end(monkeypatch: pytest.MonkeyPatch):
    (one,) = workers("1")
    ended, going = one.record(MARK, b"1"), one.record(MARK, b"2")
    ended.end()
    now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: now + 301)
    one.expire()
    assert len(one) == 1
    going.end()
    monkeypatch.setattr(clock, "monotonic", lambda: now + 700)
    one.expire()
    assert len(one) == 0
    one.drain()


async def test_no_more_streams_are_kept_than_there_is_room_for():
    (one,) = workers("1")
    for _ in range(40_000):
        one.record(MARK, b"1").end()
    going = one.record(MARK, b"2")
    one.expire()
    assert 1000 < len(one) < 33_000
    assert one._find(MARK, place(going.id(0))[0].nonce, 0) is going
    one.drain()
