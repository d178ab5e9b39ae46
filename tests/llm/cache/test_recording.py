"""Recording in passing: nothing is changed, nothing grows beyond its bound, and who follows is woken."""

import asyncio
from typing import Any, cast

from trigate.core.parts import END, Data, Head
from trigate.core.signal import Signal
from trigate.core.stream import Collector
from trigate.llm.cache.recording import FOLLOWED, Recording


class Edge(Collector):
    """A sink that takes remarks."""

    __slots__ = ("remarks",)

    def __init__(self, signal: Signal) -> None:
        super().__init__(signal)
        self.remarks: list[Any] = []

    def put(self, part: Any) -> None:
        self.remarks.append(part)


def made(limit: int = 10) -> tuple[Recording, Edge, Signal]:
    signal = Signal(asyncio.get_running_loop())
    edge = Edge(signal)
    return Recording(edge, cast("Any", None), limit), edge, Signal(asyncio.get_running_loop())


async def test_it_records_what_is_said_and_not_what_is_remarked():
    recording, edge, _ = made()
    recording.begin(Head(100, []))
    recording.begin(Head(200, []))
    await recording.send(Data(b"ab"))
    recording.remark(Data(b": hush"))
    assert recording.finish(Data(b"c"))
    assert (recording.blocks, recording.last) == ([b"ab"], Data(b"c"))
    assert recording.head == Head(200, [])
    assert edge.remarks == [Data(b": hush")]
    assert edge.parts == [Head(100, []), Head(200, []), Data(b"ab")]
    assert recording.open


async def test_what_is_too_large_is_passed_on_and_forgotten():
    recording, edge, _ = made(4)
    for _ in range(3):
        await recording.send(Data(b"abc"))
    assert not recording.finish(Data(b"d"))
    assert (recording.blocks, recording.last, recording.open) == ([], None, False)
    assert len(edge.parts) == 3


async def test_it_may_grow_further_while_somebody_follows_but_not_for_ever():
    recording, edge, signal = made(4)
    recording.join(signal)
    assert edge.detached
    for _ in range(FOLLOWED):
        await recording.send(Data(b"abcd"))
    assert (len(recording.blocks), recording.open) == (FOLLOWED, False)
    await recording.send(Data(b"e"))
    assert (recording.blocks, recording.over) == ([], True)
    assert not recording.finish(Data(b"f"))
    assert recording.last is None


async def test_the_call_is_its_callers_again_when_nobody_follows_any_more():
    recording, edge, signal = made()
    recording.join(signal)
    recording.join(signal)
    recording.leave(signal)
    assert edge.detached
    recording.leave(signal)
    assert not edge.detached


async def test_who_follows_is_woken_by_everything_that_comes():
    recording, _, signal = made()
    recording.join(signal)
    for step in (lambda: recording.begin(Head(200, [])), recording.close):
        signal.kept = False
        step()
        assert signal.kept
    recording.leave(signal)


async def test_an_answer_without_last_bytes_has_an_end():
    recording, _, _ = made()
    assert recording.finish(END)
    assert recording.last is END
