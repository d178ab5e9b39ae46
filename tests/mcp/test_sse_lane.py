"""Callers that speak HTTP+SSE of 2024-11-05 get what those of any other older revision get."""

import json
from typing import Any

import pytest

from tests.mcp.asking import ALL, ANSWERS, FORM, SAMPLE, Asks
from tests.mcp.listening.servers import TALKING, eventually
from tests.mcp.listening.servers import gateway as listening
from tests.mcp.posting import ABOUT, Old, ask, connect, request
from tests.mcp.servers import LegacyServer, ModernServer
from tests.mcp.stage import Gateway, gateway, modern_request
from trigate.core.errors import Unauthenticated
from trigate.core.principal import Principal, Restriction
from trigate.mcp.settings import Endpoint
from trigate.policy.access import Access
from trigate.policy.rule import Rule

CALL = {"name": "git__echo", "arguments": {"text": "x"}}
POST = {"content-type": "application/json"}
PING = json.dumps(request("ping")).encode()


def sessions(gate: Gateway) -> Any:
    return gate.lane._front.sessions


async def test_the_first_event_is_the_address_and_answers_come_on_the_stream():
    async with gateway({"git": ModernServer()}) as gate:
        old = await connect(gate)
        assert old.address.startswith("/mcp/sse?session_id=")
        await old.greet()
        listed = await old.call("tools/list", {}, "l")
        assert [each["name"] for each in listed["result"]["tools"]] == ["git__echo"]
        called = await old.call("tools/call", CALL, 2)
        assert called["result"]["content"] == [{"type": "text", "text": "x"}]
        assert (await old.call("ping", id=3))["result"] == {}
        await old.leave()


@pytest.mark.parametrize("server", [ModernServer, LegacyServer])
async def test_progress_and_log_messages_come_before_the_response(server: Any):
    played = server()
    played.notes = [
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": "TOKEN", "progress": 1}},
        {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "error", "data": "oh"}},
    ]
    async with gateway({"git": played}) as gate:
        old = await connect(gate)
        await old.greet()
        assert (await old.call("logging/setLevel", {"level": "warning"}, 1))["result"] == {}
        await old.call("tools/call", CALL | {"_meta": {"progressToken": "mine"}}, 2)
        said = [each.get("method", "response") for each in old.messages[2:]]
        assert said == ["notifications/progress", "notifications/message", "response"]
        assert old.messages[2]["params"]["progressToken"] == "mine"
        await old.leave()


@pytest.mark.parametrize(("version", "asked"), [("2024-11-05", SAMPLE), ("2025-06-18", FORM)])
async def test_a_server_asks_the_caller_on_the_stream(version: str, asked: dict[str, Any]):
    played = Asks({"k": asked})
    async with gateway({"git": played}) as gate:
        old = await connect(gate)
        await old.greet(ALL, version=version)
        await old.post(request("tools/call", CALL, 5))
        (question,) = await eventually(lambda: [each for each in old.messages if "method" in each])
        assert question["method"] == asked["method"]
        await old.post({"jsonrpc": "2.0", "id": question["id"], "result": ANSWERS[asked["method"]]})
        assert "result" in await old.response(5)
        assert played.told == [{"k": ANSWERS[asked["method"]]}]
        await old.leave()


async def test_what_servers_say_unasked_is_heard_without_asking_for_a_stream():
    played = TALKING["legacy"]()
    async with listening({"git": played}) as gate:
        old = await connect(gate)
        await old.greet()
        assert (await old.call("resources/subscribe", {"uri": "file:///a"}, 1))["result"] == {}
        await eventually(lambda: played.streams and played.wanted == ["file:///a"])
        played.say("resources/updated", uri="file:///a")
        await eventually(lambda: [each for each in old.messages if each.get("method", "").endswith("updated")])
        await old.leave()


async def test_a_call_is_cancelled_by_a_message_and_has_no_response():
    played = LegacyServer()
    played.stall = True
    async with gateway({"git": played}) as gate:
        old = await connect(gate)
        await old.greet()
        await old.post(request("tools/call", CALL, 7))
        await eventually(lambda: played.calls("tools/call"))
        note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
        await old.post(note)
        await eventually(lambda: gate.client.opened == gate.client.closed)
        assert (await old.call("ping", id=8))["result"] == {}
        assert [each["id"] for each in old.messages] == [0, 8]
        await old.leave()


async def test_the_session_and_its_calls_end_with_the_stream():
    played = LegacyServer()
    played.stall = True
    async with gateway({"git": played}) as gate:
        old = await connect(gate)
        await old.greet()
        await old.post(request("tools/call", CALL, 7))
        await eventually(lambda: played.calls("tools/call"))
        assert len(sessions(gate)) == 1
        await old.leave()
        await eventually(lambda: gate.client.opened == gate.client.closed)
        await eventually(lambda: not len(sessions(gate)))
        assert (await ask(gate, "POST", old.address, POST, PING)).status == 404


async def test_a_revoked_key_ends_the_stream_and_what_is_under_way():
    played = LegacyServer()
    played.stall = True
    async with gateway({"git": played}) as gate:
        old = await connect(gate)
        await old.greet()
        await old.post(request("tools/call", CALL, 7))
        await eventually(lambda: played.calls("tools/call"))
        gate.serve.review(lambda principal: False)
        await eventually(lambda: old.edge.last is not None)
        await eventually(lambda: gate.client.opened == gate.client.closed)
        assert Unauthenticated.code in old.text


async def test_the_address_is_its_callers_alone_and_of_one_endpoint():
    only = {"git": Endpoint(servers=("git",))}
    async with gateway({"git": ModernServer()}, endpoints=only) as gate:
        old = await connect(gate, "/mcp/git/sse")
        await old.greet()
        assert old.address.startswith("/mcp/git/sse?session_id=")
        token = old.address.partition("?")[2]
        mine = gate.principal
        narrower = Principal("dev", frozenset({"mcp"}), restriction=Restriction(servers=("other",)))
        for other in (Principal("other", frozenset({"mcp"})), narrower):
            gate.principal = other
            assert (await ask(gate, "POST", old.address, POST, PING)).status == 404
        gate.principal = mine
        for wrong in (f"/mcp/sse?{token}", "/mcp/git/sse", "/mcp/git/sse?session_id=", f"/mcp/git/sse?{token[:-3]}AAA"):
            assert (await ask(gate, "POST", wrong, POST, PING)).status == 404
        assert (await old.call("ping", id=9))["result"] == {}
        await old.leave()


async def test_what_is_no_message_is_refused_where_it_is_posted():
    async with gateway({"git": ModernServer()}) as gate:
        old = await connect(gate)
        assert (await ask(gate, "POST", old.address, POST, b"{")).status == 400
        assert (await ask(gate, "POST", old.address, {"content-type": "text/plain"}, PING)).status == 415
        assert (await ask(gate, "POST", old.address, POST | {"origin": "https://evil.example"}, PING)).status == 403
        assert (await ask(gate, "GET", "/mcp/sse", {"accept": "application/json"})).status == 406
        assert (await ask(gate, "GET", "/mcp/sse", {"origin": "https://evil.example"})).status == 403
        assert (await ask(gate, "DELETE", "/mcp/sse", {})).status == 405
        assert (await ask(gate, "GET", "/mcp/nothing/sse", {})).status == 404
        await old.leave()


async def test_errors_are_responses_and_the_newer_era_is_unknown_here():
    async with gateway({"git": ModernServer()}) as gate:
        old = await connect(gate)
        assert (await old.call("tools/list", {}, 1))["error"]["code"] == -32600
        probe = json.loads(modern_request("server/discover", id=2)[1])
        await old.post(probe)
        assert (await old.response(2))["error"]["code"] == -32601
        assert (await old.call("initialize", {}, 3))["error"]["code"] == -32602
        await old.greet()
        assert (await old.call("initialize", ABOUT, 4))["error"]["code"] == -32600
        assert (await old.call("no/method", {}, 5))["error"]["code"] == -32601
        assert (await old.call("tools/call", {"name": "nobody__none"}, 6))["error"]["code"] == -32602
        await old.post({"jsonrpc": "2.0", "method": "no/notification"})
        assert (await old.call("ping", id=7))["result"] == {}
        await old.leave()


async def test_rules_hold_for_the_stream_and_for_each_message():
    rules = [Rule(allow=("mcp.*",)), Rule(deny=("mcp.tools.call server/git/tool/echo",))]
    async with gateway({"git": ModernServer()}, access=Access(rules)) as gate:
        old = await connect(gate)
        await old.greet()
        assert "error" in await old.call("tools/call", CALL, 1)
        assert (await old.call("tools/list", {}, 2))["result"]["tools"] == []
        await old.leave()
    async with gateway({"git": ModernServer()}, access=Access([Rule(deny=("mcp.listen",))])) as gate:
        assert (await ask(gate, "GET", "/mcp/sse", {})).status == 403


async def test_streams_that_are_retired_end():
    async with gateway({"git": ModernServer()}) as gate:
        streams: list[Old] = [await connect(gate), await connect(gate)]
        await streams[0].greet()
        gate.lane._older._streams.retire()
        await eventually(lambda: streams[1].edge.last is not None)
        await streams[0].leave()
