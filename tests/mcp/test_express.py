"""A call that comes again goes the short way, and nobody can tell but by the time it takes."""

import asyncio
from typing import Any

import pytest

from tests.mcp.servers import ModernServer, error
from tests.mcp.stage import Answered, Gateway, Played, Sent, gateway, modern_request
from tests.patience import PATIENCE
from trigate.core.errors import UpstreamUnreachable
from trigate.mcp.express import Tracks
from trigate.mcp.settings import Endpoint

CALL: dict[str, Any] = {"name": "git__echo", "arguments": {"text": "hello"}}


class Answering(ModernServer):
    """Answers calls as told, once it is."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.played: list[Played] = []

    def answer(self, sent: Sent) -> Played:
        if sent.body["method"] != "tools/call" or not self.played:
            return super().answer(sent)
        played = self.played.pop(0)
        if isinstance(played.body, dict) and played.body.get("id") == "SENT":
            played.body["id"] = sent.body["id"]
        return played


def tracks(gate: Gateway, path: bytes = b"/mcp") -> list[Any]:
    return list(gate.lane._places[path][1]._known.values())


async def warm(gate: Gateway, params: dict[str, Any] | None = None, **more: Any) -> Answered:
    """Call until calls go the short way."""
    await gate.modern("tools/call", params or CALL, **more)
    answer = await gate.modern("tools/call", params or CALL, **more)
    assert answer.status == 200, answer.body
    assert any(each.express is not None for each in tracks(gate))
    return answer


async def test_the_short_way_says_the_same_to_both_sides():
    server = ModernServer()
    async with gateway({"git": server}) as gate:
        params = {**CALL, "future": {"kept": 1.50}}
        first = await gate.modern("tools/call", params, meta={"mine": [1]})
        await warm(gate, params, meta={"mine": [1]})
        again = await gate.modern("tools/call", params, meta={"mine": [1]}, id=77)
        assert tracks(gate)[0].misses == 0
        assert {**again.json, "id": 1} == first.json
        assert again.json["id"] == 77
        assert (again.status, again.fields) == (first.status, first.fields)
        sent = server.calls("tools/call")
        assert sent[-1].body["id"] != sent[0].body["id"]
        assert {**sent[-1].body, "id": 0} == {**sent[0].body, "id": 0}
        assert {**sent[-1].fields, "x-request-id": ""} == {**sent[0].fields, "x-request-id": ""}


async def test_id_and_arguments_are_those_of_the_call():
    server = ModernServer()
    async with gateway({"git": server}) as gate:
        await warm(gate)
        for id, text in ((5, "other"), ("five", "größer"), (-1, "x" * 70_000)):
            answer = await gate.modern("tools/call", {"name": "git__echo", "arguments": {"text": text}}, id=id)
            assert answer.json["id"] == id
            assert answer.json["result"]["structuredContent"] == {"text": text}
            assert tracks(gate)[0].misses == 0


async def test_the_record_says_what_any_record_says():
    async with gateway({"git": ModernServer()}) as gate:
        await warm(gate)
        await gate.modern("tools/call", CALL)
        slow, fast = gate.records[0], gate.records[-1]
        assert fast["status"] == slow["status"] == 200
        assert fast["usage"]["tool_calls"] == slow["usage"]["tool_calls"] == 1
        for name in ("action", "resource", "target", "outcome", "attempts", "key", "route"):
            assert fast[name] == slow[name]
        assert fast["first_byte"] > 0


RESULT = {"content": []}
IGNORED = dict.fromkeys(("time", "id", "exchange", "request_id", "duration", "first_byte"), 0)
UNUSUAL = [
    Played(200, b"", {"content-type": "application/json"}),
    Played(200, b"{", {"content-type": "application/json"}),
    Played(200, b"x", {"content-type": "text/html"}),
    Played(200, events=[]),
    Played(200, events=[{"jsonrpc": "2.0", "id": "SENT", "result": RESULT}]),
    Played(202, b""),
    Played(302, b"", {"location": "http://elsewhere"}),
    Played(401, b"canary"),
    Played(404, b""),
    Played(429, b""),
    Played(500, b"canary"),
    Played(200, {"jsonrpc": "2.0", "id": "SENT"}),
    Played(200, {"jsonrpc": "2.0", "id": "SENT", "result": 5}),
    Played(200, {"jsonrpc": "2.0", "id": "SENT", "error": 5}),
    Played(200, {"jsonrpc": "2.0", "id": "SENT", "error": {"code": 4711, "message": "mine"}}),
    Played(400, {"jsonrpc": "2.0", "id": "SENT", "error": {"code": -32602, "message": "mine"}}),
    Played(200, {"jsonrpc": "2.0", "id": "SENT", "result": {"resultType": "task"}}),
    Played(200, {"jsonrpc": "2.0", "id": "SENT", "result": {"isError": True, "content": []}}),
    Played(200, {"jsonrpc": "2.0", "id": "of another", "result": RESULT}),
    Played(
        200, {"jsonrpc": "2.0", "id": "SENT", "result": RESULT}, {"content-type": "application/json; charset=utf-8"}
    ),
]


@pytest.mark.parametrize("played", UNUSUAL, ids=lambda each: f"{each.status} {each.body or each.events}")
async def test_an_unusual_answer_is_treated_as_ever(played: Played):
    found: list[Answered] = []
    records: list[dict[str, Any]] = []
    for known in (False, True):
        server = Answering()
        async with gateway({"git": server}) as gate:
            await gate.modern("tools/list")
            if known:
                await warm(gate)
            body = dict(played.body) if isinstance(played.body, dict) else played.body
            server.played = [Played(played.status, body, played.headers, played.events)]
            found.append(await gate.modern("tools/call", CALL))
            records.append({**gate.records[-1], **IGNORED})
    assert records[0] == records[1]
    general, short = found
    assert (short.status, short.fields, short.json) == (general.status, general.fields, general.json)
    assert b"canary" not in short.body


async def test_a_notification_is_no_answer():
    server = Answering()
    async with gateway({"git": server}) as gate:
        await warm(gate)
        server.played = [Played(200, {"jsonrpc": "2.0", "method": "notifications/message", "result": RESULT})]
        answer = await gate.modern("tools/call", CALL)
        assert answer.json["error"]["code"] == -32603
        assert "server 'git'" in answer.json["error"]["message"]


async def test_an_answer_to_another_request_reaches_nobody():
    server = Answering()
    async with gateway({"git": server}) as gate:
        await warm(gate)
        server.played = [Played(200, {"jsonrpc": "2.0", "id": 999, "result": {"content": ["somebody else's"]}})]
        answer = await gate.modern("tools/call", CALL)
        assert answer.json["error"]["code"] == -32603
        assert "somebody" not in answer.body.decode()


async def test_a_server_that_contradicts_what_was_known_is_asked_anew():
    server = Answering()
    async with gateway({"git": server}) as gate:
        await warm(gate)
        server.played = [error("SENT", -32020, "the head is wrong", status=400)]
        answer = await gate.modern("tools/call", CALL)
        assert answer.json["result"]["structuredContent"] == {"text": "hello"}
        assert len(server.calls("server/discover")) == 2


async def test_events_before_the_answer_are_passed_on():
    server = Answering()
    note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "error", "data": "oh"}}
    meta = {"io.modelcontextprotocol/logLevel": "warning"}
    async with gateway({"git": server}) as gate:
        await warm(gate, meta=meta)
        server.notes = [note]
        answer = await gate.modern("tools/call", CALL, meta=meta)
        assert answer.events[0] == note
        assert answer.message["result"]["structuredContent"] == {"text": "hello"}


async def test_arguments_that_must_be_mirrored_from_now_on_are():
    server = ModernServer()
    async with gateway({"git": server}) as gate:
        await warm(gate)
        wanted = {"type": "object", "properties": {"text": {"type": "string", "x-mcp-header": "Text"}}}
        server.tools = [{"name": "echo", "inputSchema": wanted}]
        gate.lane._upstreams["git"].memory.listings["tools"].fresh_until = 0.0
        await gate.modern("tools/list")
        refused = await gate.modern("tools/call", CALL)
        assert (refused.status, refused.json["error"]["code"]) == (400, -32020)
        answer = await gate.modern("tools/call", CALL, headers={"mcp-param-text": "hello"})
        assert answer.status == 200
        assert server.seen[-1].fields["mcp-param-text"] == "hello"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"jsonrpc"', b'"ID": 2, "jsonrpc"'),
        (b'"arguments"', b'"arguments": {}, "arguments"'),
        (b'"id": 1', b'"id": 1, "id": 2'),
        (b'"id": 1', b'"id": null'),
        (b'"id": 1', b'"id": 1.5'),
        (b'"hello"', b'"\xff"'),
        (b'{"text"', b'{{"text"'),
        (b'"git__echo"', b'"git__other"'),
        (b"tools/call", b"tools/calls"),
        (b"2026-07-28", b"2025-11-25"),
    ],
)
async def test_bad_messages_are_refused_as_ever(old: bytes, new: bytes):
    server = ModernServer()
    async with gateway({"git": server}) as gate:
        await warm(gate)
        sent = len(server.seen)
        fields, body = modern_request("tools/call", CALL)
        assert body.count(old) >= 1
        answer = await gate.send("POST", "/mcp", fields, body.replace(old, new))
        assert answer.status in {400, 404}
        assert "error" in answer.json
        assert len(server.seen) == sent


@pytest.mark.parametrize(
    "headers",
    [
        {"mcp-name": "git__other"},
        {"mcp-method": "tools/list"},
        {"mcp-protocol-version": "2025-11-25"},
        {"origin": "https://evil.example"},
        {"content-type": "text/plain"},
        {"accept": "text/html"},
        {"content-encoding": "gzip"},
    ],
    ids=str,
)
async def test_bad_heads_are_refused_as_ever(headers: dict[str, str]):
    server = ModernServer()
    async with gateway({"git": server}) as gate:
        await warm(gate)
        sent = len(server.seen)
        answer = await gate.modern("tools/call", CALL, headers=headers)
        assert answer.status in {400, 403, 406, 415}
        assert len(server.seen) == sent


async def test_what_one_endpoint_shows_opens_no_other():
    scoped = {"strict": Endpoint(servers=("git",), deny=("git/echo",))}
    async with gateway({"git": ModernServer()}, endpoints=scoped) as gate:
        await warm(gate)
        answer = await gate.modern("tools/call", CALL, path="/mcp/strict")
        assert answer.json["error"]["code"] == -32602


async def test_a_call_whose_messages_are_never_alike_is_learned_from_a_few_times_only(monkeypatch: pytest.MonkeyPatch):
    learned: list[bytes] = []
    monkeypatch.setattr("trigate.mcp.express.trace", learned.append)
    async with gateway({"git": ModernServer()}) as gate:
        for number in range(10):
            await gate.modern("tools/call", CALL, meta={"trace": number})
    assert 0 < len(learned) < 5


async def test_a_server_that_cannot_be_reached_is_named():
    async with gateway({"git": ModernServer()}) as gate:
        await warm(gate)

        async def fail(*_: object, **__: object) -> None:
            raise UpstreamUnreachable("connection refused")

        gate.client.send = fail
        answer = await gate.modern("tools/call", CALL)
        assert "server 'git'" in answer.json["error"]["message"]
        assert gate.records[-1]["outcome"] == "upstream.unreachable"


async def test_a_caller_that_leaves_takes_its_call_along():
    server = Answering()
    async with gateway({"git": server}) as gate:
        await warm(gate)
        server.played = [Played(200, b"", {"content-type": "application/json"}, hang=True)]
        fields, body = modern_request("tools/call", CALL)
        headers = [(name.encode(), value.encode()) for name, value in fields.items()]
        sent = len(gate.client.sent)
        task, _ = gate.begin("POST", "/mcp", headers, body)
        async with asyncio.timeout(PATIENCE):
            while gate.client.opened == gate.client.closed or len(gate.client.sent) == sent:
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gate.records[-1]["outcome"] == "caller.left"


def test_tracks_are_bounded_whatever_callers_send():
    tracks = Tracks()
    assert tracks.find({b"mcp-name": b"a"}) is tracks.find({b"mcp-name": b"a", b"accept": b"*/*"})
    assert tracks.find({b"mcp-name": b"a"}) is not tracks.find({b"mcp-method": b"a"})
    assert tracks.find({b"mcp-name": b"a" * 9000}) is not tracks.find({b"mcp-name": b"a" * 9000})
    for number in range(5000):
        tracks.find({b"mcp-name": b"%d" % number})
    assert len(tracks._known) <= 1024
