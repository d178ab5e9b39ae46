"""The two ends that a call made by another call has."""

import asyncio

from trigate.core.parts import Data, Head
from trigate.core.signal import Signal
from trigate.core.stream import Collector, NoIncoming


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
