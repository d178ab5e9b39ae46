"""An answer on its own: what is at hand, what is waited for."""

import asyncio

import pytest

from tests.outbound.chaos import Caller, turns
from trigate.core.errors import InternalError, StreamBroken
from trigate.core.parts import Head
from trigate.core.signal import Signal
from trigate.outbound.answer import HIGH_WATER, Answer


class Source:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.resumed = self.left = 0

    def resume(self) -> None:
        self.resumed += 1

    def leave(self) -> None:
        self.left += 1


def made() -> Answer:
    return Answer(Signal(asyncio.get_running_loop()), False, False, None)


async def test_what_is_at_hand_is_taken_joined_and_once():
    answer = made()
    answer.chunks, answer.buffered = [b"a", b"b"], 2
    assert (answer.take(), answer.take(), answer.buffered, answer.ended) == (b"ab", b"", 0, False)
    answer.done = True
    assert (answer.ended, await answer.more()) == (True, b"")


async def test_only_a_full_answer_resumes_its_source():
    answer, source = made(), Source()
    answer.source = source
    answer.chunks, answer.buffered = [b"a"], 1
    answer.take()
    assert source.resumed == 0
    answer.chunks, answer.buffered = [b"a" * HIGH_WATER], HIGH_WATER
    answer.take()
    assert source.resumed == 1


async def test_an_error_comes_after_the_bytes_before_it_and_stays():
    answer = made()
    answer.chunks, answer.error = [b"last"], StreamBroken("cut")
    assert await answer.more() == b"last"
    for _ in range(2):
        with pytest.raises(StreamBroken):
            await answer.more()
    with pytest.raises(StreamBroken):
        await answer.read(10)


async def test_a_wake_up_that_means_nothing_is_waited_out():
    answer = made()
    sink = Caller(answer.signal)
    waiting = asyncio.ensure_future(answer.more(sink))
    for _ in range(3):
        answer.signal.notify()
        await turns(2)
    assert not waiting.done()
    answer.chunks = [b"x"]
    answer.signal.notify()
    assert await waiting == b"x"
    assert sink.flushes >= 3


async def test_informational_heads_reach_the_sink_in_order_before_the_final_one():
    answer = made()
    sink = Caller(answer.signal)
    waiting = asyncio.ensure_future(answer.headed(sink))
    answer.informational = [Head(102, []), Head(103, [])]
    answer.signal.notify()
    await turns()
    assert (sink.statuses, waiting.done()) == ([102, 103], False)
    answer.final = Head(200, [])
    answer.signal.notify()
    await waiting


async def test_closing_tells_the_source_once():
    answer, source = made(), Source()
    answer.source = source
    answer.close()
    answer.close()
    assert source.left == 1


async def test_a_head_that_is_not_there_is_a_fault_of_ours():
    with pytest.raises(InternalError):
        _ = made().head


async def test_bytes_are_handed_over_in_the_turn_in_which_they_come():
    answer, given = made(), list[bytes]()
    caller = Caller(answer.signal)

    def taker(data: bytes, chunk: bytes) -> bool:
        assert not chunk
        given.append(data)
        if data == b"enough":
            answer.recall()
        return data != b"too much"

    handing = asyncio.get_running_loop().create_task(answer.hand_over(taker, caller))
    await turns(2)
    for pieces in ([b"one"], [b"", b"two", b"three"], [b"enough"]):
        answer.chunks += pieces
        answer.progressed()
        assert given[-1] == b"".join(pieces)
        assert answer.chunks == []
    await handing
    answer.chunks.append(b"more")
    answer.progressed()
    assert given == [b"one", b"twothree", b"enough"]
    assert await answer.more() == b"more"


async def test_bytes_that_are_declined_are_the_tasks():
    answer = made()
    for keep in (answer.keep, lambda data: (answer.chunks.append(data), answer.progressed())):
        handing = asyncio.get_running_loop().create_task(answer.hand_over(lambda *_: False, Caller(answer.signal)))
        await turns(2)
        keep(b"later")
        assert answer.taker is None
        await handing
        assert answer.take() == b"later"


async def test_nothing_is_offered_when_nothing_of_the_body_came():
    answer = made()
    handing = asyncio.get_running_loop().create_task(
        answer.hand_over(lambda *_: pytest.fail("nothing came"), Caller(answer.signal))
    )
    await turns(2)
    answer.progressed()
    answer.recall()
    await handing


async def test_a_taker_that_keeps_up_lets_a_stopped_upstream_go_on():
    answer, source = made(), Source()
    answer.source = source
    answer.taker = lambda *_: True
    answer.chunks.append(b"x" * HIGH_WATER)
    answer.buffered = HIGH_WATER
    answer.progressed()
    assert (answer.buffered, source.resumed) == (0, 1)


@pytest.mark.parametrize("end", ["done", "failed", "waiting"])
async def test_nothing_is_handed_over_where_the_task_has_to_look(end: str):
    answer = made()
    if end == "waiting":
        answer.chunks.append(b"x")
    elif end == "failed":
        answer.error = StreamBroken("cut")
    else:
        answer.done = True
    await answer.hand_over(lambda *_: pytest.fail("nothing came"), Caller(answer.signal))
    assert answer.taker is None
