"""A sink in front of a caller whose protocol is another one."""

import asyncio
from typing import Any

from tests.patience import PATIENCE
from tests.policy.toys import FakeEdge, FakeSpool, Stage
from trigate.core.exchange import Exchange
from trigate.core.parts import Data, Head, Part
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.policy.encoded import EncodedSink


def shout(exchange: Exchange, part: Part) -> Part:
    """A protocol in capital letters that names the exchange in its heads."""
    if isinstance(part, Data):
        return Data(part.payload.upper())
    assert isinstance(part, Head)
    return Head(part.status, [(b"x-exchange", exchange.id.encode())])


def scene() -> tuple[FakeEdge, EncodedSink]:
    signal = Signal(asyncio.get_running_loop())
    edge = FakeEdge(signal, Stage(), FakeSpool())
    request = Request(b"GET", b"/", b"/", b"", b"a.example", [], {})
    return edge, EncodedSink(shout, Exchange("x1", request, Peer("127.0.0.1"), signal, 0.0), edge)


async def test_every_part_reaches_the_caller_in_its_own_protocol():
    edge, sink = scene()
    sink.begin(Head(200, []))
    await sink.send(Data(b"hello"))
    assert edge.parts == [Head(200, [(b"x-exchange", b"x1")]), Data(b"HELLO")]


async def test_what_the_caller_does_shows_through():
    edge, sink = scene()
    assert sink.signal is edge.signal
    assert not sink.committed
    sink.begin(Head(200, []))
    await sink.send(Data(b"12345"))
    assert (sink.size, sink.committed, sink.ready, sink.left) == (5, True, True, False)
    edge.ready, edge.left = False, True
    assert (sink.ready, sink.left) == (False, True)


async def test_a_call_that_outlives_its_caller_tells_the_connection_so():
    edge, sink = scene()
    sink.detached = True
    assert edge.detached
    edge.detached = False
    assert not sink.detached


async def test_what_is_held_back_is_flushed_below():
    edge, sink = scene()
    flushed: list[Any] = []
    edge.flush = lambda: flushed.append(True)  # type: ignore[method-assign]
    sink.flush()
    assert flushed == [True]


async def test_sending_waits_for_room_below():
    edge, sink = scene()
    edge.ready = False
    sending = asyncio.get_running_loop().create_task(sink.send(Data(b"x")))
    await asyncio.sleep(0)
    assert not sending.done()
    edge.ready = True
    edge.signal.notify()
    await asyncio.wait_for(sending, PATIENCE)
    assert edge.parts == [Data(b"X")]
