"""MCP servers with one tool over HTTP: of revision 2026-07-28, and at `/older` of 2025-11-25 with a session."""

from __future__ import annotations

import asyncio
from typing import cast

import httptools

from bench.upstreams import listen
from bench.upstreams.weather import NEWER, OLDER, Era

PREFIXED = "tool__forecast"
"""The name that callers of the bench use: for a proxy that gives no names of its own, a server lists it so."""
SESSION = b"Mcp-Session-Id: 0123456789abcdef\r\n"
ERAS = {b"/mcp": Era(NEWER), b"/older": Era(OLDER), b"/prefixed": Era(NEWER, tool=PREFIXED)}


def answer(path: bytes, body: bytes) -> bytes:
    """The whole HTTP answer to a JSON-RPC message."""
    reply = ERAS.get(path, ERAS[b"/mcp"]).reply(body)
    if reply is None:
        return _http(202, b"")
    return _http(reply.status, reply.message, SESSION if path == b"/older" else b"")


def _http(status: int, body: bytes, fields: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %d .\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
    return head % (status, fields, len(body)) + body


class Connection(asyncio.Protocol):
    """Answers POST requests one after another; any other method gets 405."""

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.path = b""
        self.body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self.path = url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        posted = self.parser.get_method() == b"POST"
        self.transport.write(answer(self.path, bytes(self.body)) if posted else _http(405, b""))
        self.body.clear()


if __name__ == "__main__":
    listen.main(Connection, __doc__)
