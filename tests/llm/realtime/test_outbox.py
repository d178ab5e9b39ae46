"""What is put into the outbox goes out once, in order."""

import asyncio

from trigate.core.parts import Data
from trigate.core.signal import Signal
from trigate.llm.realtime.outbox import Outbox


async def test_it_goes_out_once_and_in_order():
    outbox = Outbox(Signal(asyncio.get_running_loop()))
    assert not outbox.ready
    outbox.put(b"a")
    outbox.put(b"b")
    assert outbox.ready
    assert await outbox.next() == Data(b"ab")
    assert not outbox.ready
    assert not outbox.ended
    assert outbox.size == 2
    assert await outbox.read(1) == b""
