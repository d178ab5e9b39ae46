"""What passes unchanged in all four cells: what tools say of themselves and give, traces, cancellation, leaving."""

import json
from typing import Any

import pytest

from tests.mcp.servers import ERAS, LegacyServer, ModernServer
from tests.mcp.stage import Gateway, gateway, session_fields
from tests.mcp.test_lane import CELLS, ask, until

CELL = pytest.mark.parametrize(("caller", "server"), CELLS)
CALL = {"name": "git__echo", "arguments": {"text": "x"}}
TOOL = {
    "name": "echo",
    "title": "Echo",
    "icons": [{"src": "https://x.example/i.png", "mimeType": "image/png"}],
    "annotations": {"readOnlyHint": True, "x-own": 1},
    "inputSchema": {"type": "object", "$defs": {"a": {"$anchor": "b", "type": "string"}}},
    "outputSchema": {"type": "object"},
    "_meta": {"vendor.example/x": {"kept": True}},
}
RESULT: dict[str, Any] = {
    "content": [
        {"type": "text", "text": "x", "annotations": {"priority": 0.5}},
        {"type": "hologram", "beam": [1, None]},
    ],
    "structuredContent": {"deep": {"n": 1.50}},
    "_meta": {"vendor.example/y": 1},
    "x-unknown": "kept",
}
TRACE = {
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "a=b",
    "baggage": "c=d",
}


@CELL
async def test_what_a_tool_says_of_itself_is_shown_as_it_says_it(caller: str, server: str):
    async with gateway({"git": ERAS[server](tools=[TOOL])}) as gate:
        (shown,) = (await ask(gate, caller, "tools/list")).json["result"]["tools"]
        assert shown == {**TOOL, "name": "git__echo"}


@CELL
async def test_what_a_tool_gives_is_given_on_with_all_that_is_unknown(caller: str, server: str):
    played = ERAS[server]()
    played.result = RESULT
    async with gateway({"git": played}) as gate:
        given = (await ask(gate, caller, "tools/call", CALL)).json["result"]
        assert {key: given[key] for key in RESULT if key != "_meta"} == {
            k: v for k, v in RESULT.items() if k != "_meta"
        }
        assert given["_meta"]["vendor.example/y"] == 1


@CELL
async def test_a_trace_goes_on(caller: str, server: str):
    played: LegacyServer | ModernServer = ERAS[server]()
    async with gateway({"git": played}) as gate:
        if caller == "modern":
            await gate.modern("tools/call", CALL, meta=TRACE)
        else:
            await gate.legacy(await gate.initialize(), "tools/call", {**CALL, "_meta": TRACE})
        sent = played.calls("tools/call")[0].body["params"]["_meta"]
        assert {key: sent[key] for key in TRACE} == TRACE


async def begin(gate: Gateway, session: str) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": CALL}).encode()
    headers = [(name.encode(), value.encode()) for name, value in session_fields(session).items()]
    return gate.begin("POST", "/mcp", headers, body)


@pytest.mark.parametrize("server", ["modern", "legacy"])
async def test_what_a_legacy_caller_cancels_is_cancelled_at_its_server(server: str):
    played: LegacyServer | ModernServer = ERAS[server]()
    played.stall = True
    async with gateway({"git": played}) as gate:
        session = await gate.initialize()
        task, _ = await begin(gate, session)
        await until(lambda: bool(played.calls("tools/call")))
        closed = gate.client.closed
        await gate.legacy(session, "notifications/cancelled", {"requestId": "x"}, id=None)
        await until(task.done)
        await until(lambda: gate.client.closed > closed)
        if server == "legacy":
            await until(lambda: bool(played.calls("notifications/cancelled")))
            (note,) = played.calls("notifications/cancelled")
            assert note.body["params"]["requestId"] == played.calls("tools/call")[0].body["id"]


@pytest.mark.parametrize("server", ["modern", "legacy"])
async def test_a_legacy_caller_that_is_gone_has_cancelled_nothing(server: str):
    played: LegacyServer | ModernServer = ERAS[server]()
    played.stall = True
    async with gateway({"git": played}) as gate:
        session = await gate.initialize()
        task, edge = await begin(gate, session)
        await until(lambda: bool(played.calls("tools/call")))
        closed = gate.client.closed
        edge.left = True
        await gate.legacy(session, "ping")
        assert (task.done(), gate.client.closed, played.calls("notifications/cancelled")) == (False, closed, [])
        await gate.legacy(session, "notifications/cancelled", {"requestId": "x"}, id=None)
        await until(task.done)
