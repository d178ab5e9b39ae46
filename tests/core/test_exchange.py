"""Ending an exchange from outside."""

import asyncio

from trigate.core.errors import ExchangeStopped, UpstreamTimeout
from trigate.core.exchange import Exchange
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal


async def test_the_first_reason_to_stop_is_the_one_that_counts() -> None:
    signal = Signal(asyncio.get_running_loop())
    request = Request(b"GET", b"/", b"/", b"", b"h", [], {})
    exchange = Exchange("1", request, Peer("127.0.0.1"), signal, 0.0)
    exchange.stop(ExchangeStopped("nobody runs it"))
    assert exchange.stopped_by is None
    exchange.task = asyncio.get_running_loop().create_task(asyncio.sleep(60))
    first = UpstreamTimeout("too slow")
    exchange.stop(first)
    exchange.stop(ExchangeStopped("again"))
    await asyncio.wait([exchange.task])
    assert exchange.stopped_by is first
    assert exchange.task.cancelled()
