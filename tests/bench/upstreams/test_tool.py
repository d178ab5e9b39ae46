"""The tool upstream speaks revision 2026-07-28 as servers do."""

import json
from typing import Any

import pytest

from bench import message, wire
from bench.upstreams import tool
from tests.bench.fake import FakeTransport


def ask(text: bytes) -> tuple[int, Any]:
    transport = FakeTransport()
    connection = tool.Connection()
    connection.connection_made(transport)
    connection.data_received(text)
    head, _, body = bytes(transport.written).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    return int(head.split()[1]), json.loads(body) if body else None


def post(body: str, path: str = "/mcp") -> bytes:
    return wire.encode(message.Request("POST", path, "", {}, body), "localhost")


@pytest.mark.parametrize("name", ["forecast", "tool__forecast"])
def test_a_call_is_answered_under_its_id(name: str) -> None:
    request = message.tool_call(name)
    status, answer = ask(post(wire.numbered(request, 1)[0]))
    assert (status, answer["id"]) == (200, 1001)
    assert request.marker in answer["result"]["content"][0]["text"]


@pytest.mark.parametrize("method", ["server/discover", "tools/list"])
def test_what_a_gateway_asks_first_is_answered(method: str) -> None:
    status, answer = ask(post(json.dumps({"jsonrpc": "2.0", "id": "a", "method": method, "params": {"_meta": {}}})))
    assert (status, answer["id"], answer["result"]["resultType"]) == (200, "a", "complete")


@pytest.mark.parametrize(
    ("method", "name", "status", "code"), [("tools/call", "other", 400, -32602), ("initialize", "", 404, -32601)]
)
def test_what_it_does_not_know_is_an_error(method: str, name: str, status: int, code: int) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"name": name}})
    found, answer = ask(post(body))
    assert (found, answer["error"]["code"]) == (status, code)


def test_only_posts_are_allowed() -> None:
    assert ask(b"GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n") == (405, None)


def test_the_older_server_begins_a_session_and_takes_notes() -> None:
    status, answer = ask(post(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize"}), "/older"))
    assert (status, answer["result"]["protocolVersion"]) == (200, "2025-11-25")
    assert b"Mcp-Session-Id" in tool.answer(b"/older", b'{"id":1,"method":"ping"}')
    assert ask(post(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}), "/older")) == (202, None)
    assert ask(post(json.dumps({"id": 1, "method": "server/discover"}), "/older"))[0] == 404


def test_a_server_lists_the_name_that_callers_use() -> None:
    _, answer = ask(post(json.dumps({"id": 1, "method": "tools/list"}), "/prefixed"))
    assert [each["name"] for each in answer["result"]["tools"]] == [tool.PREFIXED]
