"""A chat provider that streams 100 events, or one event and then silence when the model is called idle."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, cast

import httptools
import msgspec

from bench import message
from bench.upstreams import listen

EVENTS = 100
INTERVAL = 0.004
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_STAMP = "T" * 19


class Ask(msgspec.Struct):
    """The one field of a chat request that matters here."""

    model: str


def event(delta: dict[str, Any], usage: dict[str, Any] | None = None) -> tuple[bytes, bytes]:
    """One event as an HTTP chunk in two halves, to be joined by a stamp of 19 digits."""
    choices = [] if usage else [{"index": 0, "delta": delta}]
    chunk: dict[str, Any] = {"id": f"chatcmpl-{_STAMP}", "object": "chat.completion.chunk", "model": "gpt-4o"}
    chunk |= {"choices": choices, **({"usage": usage} if usage else {})}
    before, after = chunked(f"data: {json.dumps(chunk, separators=(',', ':'))}\n\n".encode()).split(_STAMP.encode())
    return before, after


def chunked(data: bytes) -> bytes:
    """One chunk of HTTP/1.1 chunked coding."""
    return b"%x\r\n%s\r\n" % (len(data), data)


FIRST = event({"role": "assistant"})
WORD = event({"content": " parcel"})
LAST = event({}, message.usage(480, EVENTS))
DONE = chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Connection(asyncio.Protocol):
    """Answers one request after another; ends its stream when the caller leaves."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.parser = httptools.HttpRequestParser(self)
        self.body = bytearray()
        self.timer: asyncio.TimerHandle | None = None
        self.sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        idle = msgspec.json.decode(self.body, type=Ask).model.startswith("idle")
        self.body.clear()
        self.sent = 0
        self.transport.write(HEAD)
        self.write(FIRST)
        if not idle:
            self.timer = self.loop.call_later(INTERVAL, self.tick)

    def write(self, halves: tuple[bytes, bytes]) -> None:
        self.transport.write((b"%019d" % time.monotonic_ns()).join(halves))
        self.sent += 1

    def tick(self) -> None:
        if self.sent < EVENTS - 1:
            self.write(WORD)
            self.timer = self.loop.call_later(INTERVAL, self.tick)
        else:
            self.write(LAST)
            self.transport.write(DONE)


if __name__ == "__main__":
    listen.main(Connection, __doc__)
