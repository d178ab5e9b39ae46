"""The chat upstream streams the events that the budgets are about."""

import json

import h11
import pytest

from bench import message, wire
from bench.upstreams import chat
from tests.bench.fake import FakeTransport


def read(data: bytes) -> tuple[list[str], bool]:
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(data)
    text = b""
    while not isinstance(event := reader.next_event(), h11.EndOfMessage) and event is not h11.NEED_DATA:
        text += bytes(event.data) if isinstance(event, h11.Data) else b""
    return [part.removeprefix("data: ") for part in text.decode().split("\n\n")[:-1]], event is not h11.NEED_DATA


async def test_a_stream_has_a_hundred_events_then_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "INTERVAL", 3600)
    transport = FakeTransport()
    connection = chat.Connection()
    connection.connection_made(transport)
    connection.data_received(wire.encode(message.chat("chat", stream=True), "localhost"))
    for _ in range(chat.EVENTS - 1):
        assert connection.timer
        connection.timer.cancel()
        connection.tick()
    events, ended = read(bytes(transport.written))
    assert ended
    assert len(events) == chat.EVENTS + 1
    assert events[-1] == "[DONE]"
    assert json.loads(events[-2])["usage"]["completion_tokens"] == chat.EVENTS
    assert 130 <= len(events[50]) <= 170


async def test_an_idle_stream_says_one_word_and_waits() -> None:
    transport = FakeTransport()
    connection = chat.Connection()
    connection.connection_made(transport)
    connection.data_received(wire.encode(message.chat("idlestream", stream=True), "localhost"))
    events, ended = read(bytes(transport.written))
    assert (len(events), ended, connection.timer) == (1, False, None)
