"""The two ends that a call made by another call has."""

import asyncio

import pytest

from trigate.core.errors import PayloadTooLarge
from trigate.core.parts import Data, Head
from trigate.core.signal import Signal
from trigate.core.stream import Collector, NoIncoming, WholeIncoming


async def test_a_call_without_incoming_stream_reads_an_end() -> None:
    incoming = NoIncoming(Signal(asyncio.get_running_loop()), size=7)
    assert await incoming.next() is None
    assert await incoming.read(1) == b""
    assert (incoming.size, incoming.ready, incoming.ended, incoming.taken) == (7, False, True, False)


async def test_a_collector_keeps_what_it_gets_and_is_committed_by_it() -> None:
    collector = Collector(Signal(asyncio.get_running_loop()))
    assert not collector.committed
    await collector.send(Head(200, []))
    await collector.send(Data(b"x"))
    collector.flush()
    assert collector.committed
    assert [type(part) for part in collector.parts] == [Head, Data]


async def test_a_whole_body_is_read_once_in_one_piece() -> None:
    incoming = WholeIncoming(Signal(asyncio.get_running_loop()), b"body")
    assert (incoming.size, incoming.ready, incoming.ended, incoming.taken) == (4, True, False, False)
    assert await incoming.next() == Data(b"body")
    assert (incoming.size, incoming.ready, incoming.ended, incoming.taken) == (4, False, True, True)
    assert await incoming.next() is None


async def test_a_whole_body_beyond_the_limit_is_refused_unread() -> None:
    incoming = WholeIncoming(Signal(asyncio.get_running_loop()), b"body")
    with pytest.raises(PayloadTooLarge):
        await incoming.read(3)
    assert not incoming.taken
    assert await incoming.read(4) == b"body"
