"""What the tool servers of the bench say, in both eras of the protocol; they differ in how they are reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from bench.message import VERSION

TOOL = "forecast"
OLDER_VERSION = "2025-11-25"
IDENTITY = {"name": "weather", "version": "1.0.0"}
SERVER = {"io.modelcontextprotocol/serverInfo": IDENTITY}
FORECAST = "Oslo: sunny for three days, 21 to 24 degrees, wind from the south-west. " * 8
CONTENT = {"content": [{"type": "text", "text": FORECAST}], "isError": False}
DEFINITION = {
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
_LASTING = {"resultType": "complete", "ttlMs": 3_600_000, "cacheScope": "public", "_meta": SERVER}
NEWER: dict[str, dict[str, Any]] = {
    "server/discover": {"supportedVersions": [VERSION], "capabilities": {"tools": {}}, **_LASTING},
    "tools/list": {"tools": [DEFINITION], **_LASTING},
    "tools/call": {"resultType": "complete", **CONTENT, "_meta": SERVER},
}
OLDER: dict[str, dict[str, Any]] = {
    "initialize": {"protocolVersion": OLDER_VERSION, "capabilities": {"tools": {}}, "serverInfo": IDENTITY},
    "tools/list": {"tools": [DEFINITION]},
    "tools/call": CONTENT,
    "ping": {},
}


class Params(msgspec.Struct, frozen=True):
    """The one parameter of `tools/call` that matters here."""

    name: str = ""


class Ask(msgspec.Struct):
    """A JSON-RPC request, its id as it came; a notification has none."""

    method: str
    id: msgspec.Raw = msgspec.Raw(b"")
    params: Params = Params()


class Reply(NamedTuple):
    """A response, and the HTTP status it has where there is one."""

    status: int
    message: bytes


class Era:
    """The answers of one era, encoded ahead."""

    def __init__(self, results: Mapping[str, Any], *, tool: str = TOOL) -> None:
        """`tool` is the name under which the one tool is listed."""
        self._results = {name: msgspec.json.encode(_named(result, tool)) for name, result in results.items()}

    def reply(self, text: bytes) -> Reply | None:
        """The response to a message; None for a notification."""
        ask = msgspec.json.decode(text, type=Ask)
        if not len(ask.id):
            return None
        found = self._results.get(ask.method)
        if found is None:
            return Reply(404, _error(ask.id, -32601, "method not found"))
        if ask.method == "tools/call" and not _is_ours(ask.params.name):
            return Reply(400, _error(ask.id, -32602, "unknown tool"))
        return Reply(200, b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (bytes(ask.id), found))


def _named(result: Mapping[str, Any], tool: str) -> Mapping[str, Any]:
    return {**result, "tools": [DEFINITION | {"name": tool}]} if "tools" in result else result


def _is_ours(name: str) -> bool:
    # A plain proxy passes on the name that Trigate exposes, prefixed with the server's name.
    return name.rpartition("__")[2] == TOOL


def _error(number: msgspec.Raw, code: int, text: str) -> bytes:
    error = msgspec.json.encode({"code": code, "message": text})
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (bytes(number), error)
