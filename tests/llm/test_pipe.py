"""A sink whose parts another task takes out again."""

import asyncio

import pytest

from tests.patience import PATIENCE
from trigate.core.errors import UpstreamProtocolError
from trigate.core.parts import Data, Head
from trigate.core.signal import Signal
from trigate.core.stream import Collector
from trigate.llm.pipe import HIGH_WATER, Pipe


class Desk:
    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.maker, self.taker = Signal(loop), Signal(loop)
        self.claims: list[Head | None] = []
        self.sink = Collector(self.taker)
        self.pipe = Pipe(self.maker, self.sink, self.claims.append)


async def test_the_answer_is_claimed_with_its_head_before_its_first_part():
    desk = Desk()
    head = Head(200, [])
    desk.pipe.begin(Head(103, []))
    desk.pipe.begin(head)
    desk.pipe.remark(Data(b": too early"))
    assert desk.claims == []
    assert not desk.pipe.committed
    await desk.pipe.send(Data(b"a"))
    await desk.pipe.send(Data(b"b"))
    desk.pipe.remark(Data(b": c"))
    assert desk.claims == [head]
    assert desk.pipe.committed
    taken = [desk.pipe.take() for _ in range(4)]
    assert taken == [Data(b"a"), Data(b"b"), Data(b": c"), None]
    assert desk.pipe.size == 5
    assert desk.taker.kept
    assert not desk.pipe.left
    desk.sink.left = True
    assert desk.pipe.left


async def test_who_sends_waits_until_there_is_room():
    desk = Desk()
    sending = asyncio.create_task(desk.pipe.send(Data(b"x" * HIGH_WATER)))
    async with asyncio.timeout(PATIENCE):
        await desk.taker.wait()
        await asyncio.sleep(0)
        assert not sending.done()
        assert not desk.pipe.ready
        desk.pipe.take()
        await sending
    assert desk.pipe.ready


async def test_an_answer_that_is_refused_is_not_kept():
    loop = asyncio.get_running_loop()

    def refuse(head: Head | None) -> None:
        raise UpstreamProtocolError("not this one")

    pipe = Pipe(Signal(loop), Collector(Signal(loop)), refuse)
    with pytest.raises(UpstreamProtocolError):
        await pipe.send(Data(b"a"))
    assert pipe.take() is None
