"""Servers of 2024-11-05: a stream for all they say, an address for messages, a session as long as the stream."""

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace

from tests.mcp.listening.servers import eventually, gateway, note
from tests.mcp.listening.test_front import NEW, listen, tools
from tests.mcp.servers import ECHO, fill
from tests.mcp.stage import Gateway, Played, Sent
from trigate.mcp.settings import McpSettings, Server


class SseServer:
    """Speaks the oldest revision alone."""

    def __init__(self, address: str = "/messages?session=1") -> None:
        self.settings = Server(url="http://git/sse", transport="sse", headers={})
        self.address = address
        self.tools = [ECHO]
        self.streams: list[asyncio.Queue[bytes]] = []
        self.seen: list[Any] = []
        self.stall = False
        self.before: list[dict[str, Any]] = []
        self.status = 202

    def __call__(self, sent: Sent) -> Played:
        if sent.method == "GET":
            assert (sent.target, sent.fields["accept"]) == ("/sse", "text/event-stream")
            stream: asyncio.Queue[bytes] = asyncio.Queue()
            stream.put_nowait(f"event: endpoint\ndata: {self.address}\n\n".encode())
            self.streams.append(stream)
            return Played(200, None, {"content-type": "text/event-stream"}, live=stream)
        assert (sent.method, sent.target) == ("POST", "/messages?session=1")
        assert "mcp-protocol-version" not in sent.fields
        self.seen.append(sent.body)
        if "method" in sent.body and "id" in sent.body and self.status == 202:
            self.answer(sent.body)
        return Played(self.status, b"Accepted")

    def answer(self, body: dict[str, Any]) -> None:
        offers = {"tools": {"listChanged": True}, "resources": {"subscribe": True}}
        results: dict[str, Any] = {
            "initialize": {"protocolVersion": "2024-11-05", "capabilities": offers, "serverInfo": {}},
            "tools/list": {"tools": self.tools},
            "tools/call": {"content": [{"type": "text", "text": "said"}]},
        }
        if body["method"] == "tools/call":
            token = body["params"].get("_meta", {}).get("progressToken")
            for each in self.before:
                self.say(fill(each, token))
            if self.stall:
                return
        self.say({"jsonrpc": "2.0", "id": body["id"], "result": results.get(body["method"], {})})

    def say(self, message: dict[str, Any]) -> None:
        self.streams[-1].put_nowait(b"event: message\r\ndata: " + json.dumps(message).encode() + b"\r\n\r\n")

    def of(self, method: str) -> list[Any]:
        return [each for each in self.seen if each.get("method") == method]


CALL = {"name": "git__echo", "arguments": {"text": "x"}}


@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_a_tool_is_called_with_its_progress(caller: str):
    played = SseServer()
    played.before = [note("progress", progressToken="TOKEN", progress=1), note("progress", progressToken="x")]
    async with gateway({"git": played}) as gate:
        params = {**CALL, "_meta": {"progressToken": 7}}
        if caller == "modern":
            answer = await gate.modern("tools/call", params, meta={"progressToken": 7})
        else:
            answer = await gate.legacy(await gate.initialize(), "tools/call", params)
        *notes, last = answer.events
        assert last["result"]["content"][0]["text"] == "said"
        assert [each["params"] for each in notes] == [{"progressToken": 7, "progress": 1}]
        assert [each["method"] for each in played.seen[:2]] == ["initialize", "notifications/initialized"]
        await part(gate)


async def test_changes_and_subscriptions_go_over_the_same_stream():
    played = SseServer()
    async with gateway({"git": played}) as gate:
        ear = await listen(gate, "modern", ["file:///a"])
        assert await tools(gate, ear) == ["git__echo"]
        assert [each["params"]["uri"] for each in played.of("resources/subscribe")] == ["file:///a"]
        played.tools = [ECHO, NEW]
        played.say(note("tools/list_changed"))
        played.say(note("resources/updated", uri="file:///a"))
        await eventually(lambda: len(ear.heard) == 2)
        assert len(played.streams) == 1
        await ear.leave()
        await part(gate)


async def test_a_session_that_ended_with_its_stream_is_begun_again():
    played = SseServer()
    async with gateway({"git": played}) as gate:
        assert "result" in (await gate.modern("tools/call", CALL)).json
        begun, closed = len(played.streams), gate.client.closed
        for stream in played.streams:
            stream.put_nowait(b"")
        await eventually(lambda: gate.client.closed >= closed + begun)
        assert "result" in (await gate.modern("tools/call", CALL)).json
        assert len(played.streams) > begun
        await part(gate)


async def test_sessions_go_on_over_a_reload_and_are_nobody_elses():
    played = SseServer()
    played.settings = replace(played.settings, sessions="caller")
    async with gateway({"git": played}) as gate:
        ada, bob = await gate.initialize(), await gate.initialize()
        assert "result" in (await gate.legacy(ada, "tools/call", CALL)).message
        begun = len(played.streams)
        settings = McpSettings(servers={"git": played.settings})
        again = Gateway(settings, gate.client, gate.surroundings, gate.spool)
        assert "result" in (await again.legacy(ada, "tools/call", CALL)).message
        assert len(played.streams) == begun
        assert "result" in (await again.legacy(bob, "tools/call", CALL)).message
        assert len(played.streams) == begun + 1
        await part(gate)


async def test_a_call_under_way_fails_with_the_stream_and_is_not_made_again():
    played = SseServer()
    played.stall = True
    async with gateway({"git": played}) as gate:
        call = asyncio.create_task(gate.modern("tools/call", CALL))
        await eventually(lambda: played.of("tools/call"))
        played.streams[-1].put_nowait(b"")
        assert "ended its stream" in (await call).json["error"]["message"]
        assert len(played.of("tools/call")) == 1
        await part(gate)


@pytest.mark.parametrize("address", ["http://elsewhere/messages", "//elsewhere/x", "https://git/messages"])
async def test_messages_go_to_no_other_origin(address: str):
    played = SseServer(address)
    async with gateway({"git": played}) as gate:
        error = (await gate.modern("tools/call", CALL)).json["error"]
        assert "another origin" in error["message"]
        assert played.seen == []


async def test_a_server_that_has_no_stream_is_told_of():
    async with gateway({"git": lambda sent: Played(404, b"no")}) as gate:
        assert gate
    played = SseServer()
    played.status = 500
    async with gateway({"git": played}) as gate:
        assert "HTTP 500" in (await gate.modern("tools/call", CALL)).json["error"]["message"]


async def part(gate: Any) -> None:
    """End the sessions with servers."""
    for name, thing in gate.surroundings.keep.things.items():
        if name.startswith(("mcp.server.", "mcp.lines.")):
            thing.drain()
