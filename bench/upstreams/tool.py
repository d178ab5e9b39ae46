"""An MCP server of revision 2026-07-28 with one tool, stateless, over Streamable HTTP."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httptools
import msgspec

from bench.message import VERSION
from bench.upstreams import listen

TOOL = "forecast"
SERVER = {"io.modelcontextprotocol/serverInfo": {"name": "weather", "version": "1.0.0"}}
FORECAST = "Oslo: sunny for three days, 21 to 24 degrees, wind from the south-west. " * 8
CALL_RESULT = {
    "resultType": "complete",
    "content": [{"type": "text", "text": FORECAST}],
    "isError": False,
    "_meta": SERVER,
}
RESULTS: dict[str, dict[str, Any]] = {
    "server/discover": {
        "resultType": "complete",
        "supportedVersions": [VERSION],
        "capabilities": {"tools": {}},
        "ttlMs": 3_600_000,
        "cacheScope": "public",
        "_meta": SERVER,
    },
    "tools/list": {
        "resultType": "complete",
        "tools": [
            {
                "name": TOOL,
                "description": "The weather of the coming days in a city.",
                "inputSchema": {
                    "type": "object",
                    "properties": {
                        "city": {"type": "string"},
                        "days": {"type": "integer", "minimum": 1, "maximum": 14},
                        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                    },
                    "required": ["city"],
                },
            }
        ],
        "ttlMs": 3_600_000,
        "cacheScope": "public",
        "_meta": SERVER,
    },
}


class Params(msgspec.Struct, frozen=True):
    """The one parameter of `tools/call` that matters here."""

    name: str = ""


class Ask(msgspec.Struct):
    """A JSON-RPC request, its id as it came."""

    method: str
    id: msgspec.Raw = msgspec.Raw(b"null")
    params: Params = Params()


def answer(body: bytes) -> bytes:
    """The whole HTTP answer to a JSON-RPC request."""
    ask = msgspec.json.decode(body, type=Ask)
    if ask.method == "tools/call":
        return _result(ask.id, _CALL) if _is_ours(ask.params.name) else _error(ask.id, -32602, "unknown tool", 400)
    if found := RESULTS.get(ask.method):
        return _result(ask.id, msgspec.json.encode(found))
    return _error(ask.id, -32601, "method not found", 404)


def _is_ours(name: str) -> bool:
    # A plain proxy passes on the name that Trigate exposes, prefixed with the server's name.
    return name.rpartition("__")[2] == TOOL


_CALL = msgspec.json.encode(CALL_RESULT)


def _result(number: msgspec.Raw, result: bytes) -> bytes:
    return _http(200, b'{"jsonrpc":"2.0","id":%s,"result":%s}' % (bytes(number), result))


def _error(number: msgspec.Raw, code: int, text: str, status: int) -> bytes:
    error = msgspec.json.encode({"code": code, "message": text})
    return _http(status, b'{"jsonrpc":"2.0","id":%s,"error":%s}' % (bytes(number), error))


def _http(status: int, body: bytes) -> bytes:
    head = b"HTTP/1.1 %d .\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


class Connection(asyncio.Protocol):
    """Answers POST requests one after another; any other method gets 405."""

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        posted = self.parser.get_method() == b"POST"
        self.transport.write(answer(bytes(self.body)) if posted else _http(405, b""))
        self.body.clear()


if __name__ == "__main__":
    listen.main(Connection, __doc__)
