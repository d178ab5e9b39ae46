"""The way back: JSON, or events once there was something to say first."""

import asyncio

import pytest

from trigate.core.parts import Data, Head
from trigate.core.signal import Signal
from trigate.core.stream import Collector
from trigate.mcp.ask import Ask
from trigate.mcp.reply import EVENTS, JSON, Reply, error_status
from trigate.mcp.view import View


async def test_heads_are_not_shared_between_answers():
    for _ in range(2):
        sink = Collector(Signal(asyncio.get_running_loop()))
        Reply(sink).end(b"{}", headers=[(b"x", b"y")])
        (head,) = sink.parts
        assert isinstance(head, Head)
        head.headers.append((b"spoiled", b""))
    assert JSON == [(b"content-type", b"application/json")]


async def test_a_note_begins_a_stream_that_the_answer_ends():
    sink = Collector(Signal(asyncio.get_running_loop()))
    reply = Reply(sink)
    await reply.note(b"1")
    last = reply.end(b"2", 400)
    head, note = sink.parts
    assert isinstance(head, Head)
    assert (head.status, head.headers) == (200, EVENTS)
    assert isinstance(note, Data)
    assert note.payload.endswith(b"data: 1\n\n")
    assert isinstance(last, Data)
    assert last.payload.endswith(b"data: 2\n\n")


async def test_a_stream_that_begins_by_itself_goes_on():
    """So it does when nothing was said for a while (mcp/listening/recorded.py)."""
    sink = Collector(Signal(asyncio.get_running_loop()))
    reply = Reply(sink)
    sink.begin(Head(200, EVENTS.copy()))
    await reply.note(b"1")
    last = reply.end(b"2")
    assert [type(each) for each in sink.parts] == [Head, Data]
    assert isinstance(last, Data)
    assert last.payload.endswith(b"data: 2\n\n")


@pytest.mark.parametrize(
    ("era", "number", "status"), [("modern", -32601, 404), ("modern", 5, 200), ("legacy", -32601, 200)]
)
def test_only_the_newer_era_has_a_status_per_code(era: str, number: int, status: int):
    assert error_status(Ask(View("", ()), era=era), number) == status  # type: ignore[arg-type]
