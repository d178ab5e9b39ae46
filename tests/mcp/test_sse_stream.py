"""What waits for a caller is bounded, and a stream that closes lets what is under way come to its end."""

import asyncio

from tests.mcp.stage import Edge
from tests.patience import PATIENCE
from trigate.core.parts import END, Data, Head
from trigate.core.signal import Signal
from trigate.mcp.events import COMMENT, event, priming
from trigate.mcp.sse_stream import LIMIT, SseSink, SseStream


def payloads(edge: Edge) -> list[bytes]:
    return [each.payload for each in edge.parts if isinstance(each, Data)]


async def test_messages_become_events_without_ids_and_nothing_else_is_said():
    loop = asyncio.get_running_loop()
    edge = Edge(Signal(loop))
    stream = SseStream(edge.signal)
    sink = SseSink(stream, Signal(loop))
    sink.begin(Head(200, [(b"mcp-session-id", b"s")]))
    assert (stream.session, sink.committed, sink.left) == ("s", True, False)
    for part in (Data(event(b'{"a":1}', b"id.1")), Data(COMMENT), Data(priming(b"id.2")), Data(b'{"b":2}'), END):
        await sink.send(part)
    stream.close()
    await stream.play(edge)
    assert payloads(edge) == [event(b'{"a":1}'), event(b'{"b":2}')]


async def test_whoever_says_too_much_waits_until_the_caller_has_read():
    edge = Edge(Signal(asyncio.get_running_loop()))
    stream = SseStream(edge.signal)
    await stream.put(b"x" * LIMIT)
    task = asyncio.create_task(stream.put(b"y"))
    stream.watch(task)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not task.done()
    stream.close()
    async with asyncio.timeout(PATIENCE):
        await stream.play(edge)
    assert [each[:1] for each in payloads(edge)] == [b"x", b"y"]


async def test_the_end_of_a_stream_is_that_of_what_is_under_way():
    stream = SseStream(Signal(asyncio.get_running_loop()))
    task = asyncio.create_task(asyncio.Event().wait())
    stream.watch(task)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    stream.end()
    await asyncio.wait([task])
    assert task.cancelled()
    assert (stream.tasks, stream.closing) == (set(), True)
