"""Answers that are whole, and streams that end."""

import asyncio

from tests.cli.demo.visit import Visit
from tests.llm.scene import Caller
from tests.policy.toys import FakeSpool, Stage
from trigate.cli.demo.reply import end_stream, open_stream, send_event, send_json
from trigate.core.parts import END
from trigate.core.signal import Signal


def new() -> Caller:
    return Caller(Signal(asyncio.get_running_loop()), Stage(), FakeSpool())


async def test_json_goes_out_whole():
    edge = new()
    send_json(edge, {"a": 1}, 201, [(b"x-more", b"1")])
    answer = Visit(edge)
    assert (answer.status, answer.json, answer.headers[b"x-more"]) == (201, {"a": 1}, b"1")


async def test_bytes_are_json_already():
    edge = new()
    send_json(edge, b"[1]")
    assert Visit(edge).body == b"[1]"


async def test_a_stream_may_end_without_a_last_event():
    edge = new()
    open_stream(edge)
    await send_event(edge, {"a": 1})
    end_stream(edge)
    assert edge.parts[-1] is END
    assert Visit(edge).events == [{"a": 1}]
