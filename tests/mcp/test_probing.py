"""The transport of a server is found out, and remembered with its era."""

from typing import Any

import pytest

from tests.mcp.servers import LegacyServer, ModernServer
from tests.mcp.stage import Gateway, Played, Sent, gateway
from tests.mcp.transports.test_http_sse import SseServer, eventually, part
from trigate.mcp.settings import McpSettings, Server

CALL = {"name": "git__echo", "arguments": {"text": "x"}}


class Older(SseServer):
    """One of 2024-11-05 at whose address only a stream can be had."""

    def __init__(self, refusal: Played | None = None, **settings: Any) -> None:
        super().__init__()
        self.settings = Server(url="http://git/sse", **settings)
        self.refusal = refusal or Played(405, b"Method Not Allowed", {"content-type": "text/plain"})
        self.asked: list[Any] = []

    def __call__(self, sent: Sent) -> Played:
        if sent.method == "POST" and sent.target == "/sse":
            self.asked.append(sent.body["method"])
            return self.refusal
        return super().__call__(sent)


REFUSALS = [
    Played(405, b"", {}),
    Played(404, b"<html>", {"content-type": "text/html"}),
    Played(400, {"detail": "no session"}),
    Played(400, {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no"}}),
    Played(415, b"", {}),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_a_server_that_turns_initialize_away_is_found_by_its_stream(refusal: Played, caller: str):
    played = Older(refusal)
    async with gateway({"git": played}) as gate:
        if caller == "modern":
            answer = await gate.modern("tools/call", CALL)
        else:
            answer = await gate.legacy(await gate.initialize(), "tools/call", CALL)
        assert answer.message["result"]["content"][0]["text"] == "said"
        assert played.asked == ["server/discover", "initialize"]
        await part(gate)


async def test_what_was_found_out_is_remembered_for_further_sessions_and_over_reloads():
    played = Older(sessions="caller")
    async with gateway({"git": played}) as gate:
        for _ in range(2):
            assert "result" in (await gate.legacy(await gate.initialize(), "tools/call", CALL)).message
        again = Gateway(McpSettings(servers={"git": played.settings}), gate.client, gate.surroundings, gate.spool)
        assert "result" in (await again.legacy(await again.initialize(), "tools/call", CALL)).message
        assert played.asked == ["server/discover", "initialize"]
        await part(gate)


async def test_a_stream_that_ended_is_opened_again_without_asking_anew():
    played = Older()
    async with gateway({"git": played}) as gate:
        assert "result" in (await gate.modern("tools/call", CALL)).json
        begun, closed = len(played.streams), gate.client.closed
        for stream in played.streams:
            stream.put_nowait(b"")
        await eventually(lambda: gate.client.closed >= closed + begun)
        assert "result" in (await gate.modern("tools/call", CALL)).json
        assert played.asked == ["server/discover", "initialize"]
        await part(gate)


@pytest.mark.parametrize("newer", [ModernServer, LegacyServer])
async def test_a_server_that_has_become_a_newer_one_is_found_out_again(newer: Any):
    played, fresh = Older(), newer()
    async with gateway({"git": played}) as gate:
        assert "result" in (await gate.modern("tools/call", CALL)).json
        closed, begun = gate.client.closed, len(played.streams)
        gate.client.servers["http://git"] = lambda sent: Played(405, b"") if sent.method == "GET" else fresh(sent)
        for stream in played.streams:
            stream.put_nowait(b"")
        await eventually(lambda: gate.client.closed >= closed + begun)
        assert (await gate.modern("tools/call", CALL)).json["result"]["content"][0]["text"] == "x"
        await part(gate)


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
async def test_what_says_nothing_about_the_transport_opens_no_stream(status: int):
    played = Older(Played(status, b"", {}))
    async with gateway({"git": played}) as gate:
        assert "error" in (await gate.modern("tools/call", CALL)).json
        assert played.streams == []


async def test_a_server_that_is_none_is_told_of_by_both_answers():
    async with gateway({"git": lambda sent: Played(404, b"no")}) as gate:
        message = (await gate.modern("tools/call", CALL)).json["error"]["message"]
        assert "neither `server/discover` nor `initialize`" in message
        assert "HTTP 404 where its stream should be" in message


@pytest.mark.parametrize("settings", [{"transport": "streamable_http"}, {"era": "modern"}])
async def test_a_transport_that_is_named_is_not_looked_for(settings: dict[str, Any]):
    played = Older(**settings)
    async with gateway({"git": played}) as gate:
        assert "error" in (await gate.modern("tools/call", CALL)).json
        assert played.streams == []


async def test_a_stream_that_names_no_address_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("trigate.mcp.transports.http_sse._AIM_SECONDS", 0.05)

    def silent(sent: Sent) -> Played:
        if sent.method == "GET":
            return Played(200, None, {"content-type": "text/event-stream"}, hang=True)
        return Played(400, b"")

    async with gateway({"git": silent}) as gate:
        message = (await gate.modern("tools/call", CALL)).json["error"]["message"]
        assert "names no address" in message
