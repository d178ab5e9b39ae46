"""One element of a batch."""

import asyncio

import pytest

from tests.policy.toys import FakeEdge, FakeSpool, Stage
from trigate.core.errors import ExchangeStopped, GatewayError, UpstreamTimeout
from trigate.core.exchange import Exchange
from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.mcp.element import ElementSink, take_stop
from trigate.mcp.fault import Cancelled


def _edge() -> FakeEdge:
    return FakeEdge(Signal(asyncio.get_running_loop()), Stage(), FakeSpool())


async def test_an_element_sends_nothing_to_the_caller_and_counts_as_committed() -> None:
    edge = _edge()
    sink = ElementSink(edge)
    sink.begin(Head(200, []))
    await sink.send(Data(b"progress"))
    sink.flush()
    assert edge.parts == []
    assert sink.committed
    assert sink.ready


async def test_an_element_sees_that_the_caller_of_its_batch_has_left() -> None:
    edge = _edge()
    sink = ElementSink(edge)
    assert not sink.left
    edge.left = True
    assert sink.left


@pytest.mark.parametrize(
    ("error", "taken"),
    [(UpstreamTimeout("slow"), True), (Cancelled("by a note"), True), (ExchangeStopped("drain"), False)],
)
async def test_only_what_concerns_the_element_alone_is_taken_from_its_exchange(
    error: GatewayError, taken: bool
) -> None:
    request = Request(b"POST", b"/mcp", b"/mcp", b"", b"h", [], {})
    exchange = Exchange("1", request, Peer("127.0.0.1"), Signal(asyncio.get_running_loop()), 0.0)
    exchange.task = asyncio.current_task()
    exchange.stop(error)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(0)
    assert take_stop(exchange) is (error if taken else None)
    assert (exchange.stopped_by is None) is taken
    if exchange.task is not None and not taken:
        exchange.task.uncancel()


async def test_an_exchange_nobody_stopped_has_nothing_to_take() -> None:
    request = Request(b"POST", b"/mcp", b"/mcp", b"", b"h", [], {})
    exchange = Exchange("1", request, Peer("127.0.0.1"), Signal(asyncio.get_running_loop()), 0.0)
    assert take_stop(exchange) is None
