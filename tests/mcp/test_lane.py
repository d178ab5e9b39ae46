"""Callers of either era reach servers of either era."""

import asyncio
import json
from typing import Any

import pytest

from tests.mcp.servers import ECHO, ERAS, FakeServer, LegacyServer, ModernServer
from tests.mcp.stage import JSON, META, Answered, Edge, Gateway, answered, gateway, modern_request, session_fields
from tests.patience import PATIENCE
from trigate.core.clock import clock
from trigate.core.errors import ExchangeStopped
from trigate.core.settings import Duration
from trigate.mcp.mirror import encode_value
from trigate.mcp.relay import Watch
from trigate.mcp.settings import Endpoint, Server, ServerTimeouts, SessionSettings
from trigate.mcp.version import MODERN

CELLS = [(caller, server) for caller in ("modern", "legacy") for server in ("modern", "legacy")]
SERVER_INFO = "io.modelcontextprotocol/serverInfo"


async def ask(gate: Gateway, era: str, method: str, params: dict[str, Any] | None = None, **more: Any) -> Answered:
    if era == "modern":
        return await gate.modern(method, params, **more)
    return await gate.legacy(await gate.initialize(), method, params, id=more.get("id", 1))


def check_result(era: str, result: dict[str, Any]) -> None:
    """What every result of an era has and has not."""
    if era == "modern":
        assert result["resultType"] == "complete"
        assert result["_meta"][SERVER_INFO]["name"] == "trigate"
    else:
        assert not {"resultType", "ttlMs", "cacheScope"} & result.keys()
        assert not any(key.startswith("io.modelcontextprotocol/") for key in result.get("_meta", {}))
    assert "secret-inner-name" not in json.dumps(result)


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_a_tool_is_called(caller: str, server: str):
    played: FakeServer = ERAS[server]()
    async with gateway({"git": played}) as gate:
        answer = await ask(gate, caller, "tools/call", {"name": "git__echo", "arguments": {"text": "hé"}}, id="a-1")
        assert answer.status == 200
        assert answer.json["id"] == "a-1"
        assert answer.json["result"]["content"] == [{"type": "text", "text": "hé"}]
        check_result(caller, answer.json["result"])
        assert played.calls("tools/call")[0].body["params"]["name"] == "echo"
        record = gate.records[-1]
        assert (record["action"], record["resource"]) == ("mcp.tools.call", "server/git/tool/echo")
        assert (record["outcome"], record["target"], record["status"]) == ("ok", "git", 200)
        assert record["usage"]["tool_calls"] == 1


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_lists_show_names_with_their_server_and_unknown_members_untouched(caller: str, server: str):
    async with gateway({"git": ERAS[server]()}) as gate:
        answer = await ask(gate, caller, "tools/list")
        (tool,) = answer.json["result"]["tools"]
        assert tool == {**ECHO, "name": "git__echo"}
        assert b'"kept":[1,2.5]' in answer.body.replace(b" ", b"")
        check_result(caller, answer.json["result"])
        if caller == "modern":
            assert answer.json["result"]["cacheScope"] == "private"  # whatever the server says: it is this caller's
            assert 0 < answer.json["result"]["ttlMs"] <= 60_000
        assert gate.records[-1]["resource"] == "server/*"


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_a_resource_is_read_from_the_server_that_lists_it(caller: str, server: str):
    other = ERAS[server]()
    other.resources = [{"uri": "file:///b", "name": "b"}]
    async with gateway({"git": ERAS[server](), "fs": other}) as gate:
        for record in (-2, -1):  # the owner is not known yet, then it is
            result = (await ask(gate, caller, "resources/read", {"uri": "file:///b"})).json["result"]
            assert result["contents"] == [{"uri": "file:///b", "text": "content"}]
            check_result(caller, result)
            assert ({"ttlMs", "cacheScope"} <= result.keys()) is (caller == "modern")
            assert gate.records[record]["resource"] == "server/fs/resource/file:///b"


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_a_resource_nobody_lists_is_told_in_the_callers_code(caller: str, server: str):
    async with gateway({"git": ERAS[server](), "fs": ERAS[server]()}) as gate:
        answer = await ask(gate, caller, "resources/read", {"uri": "file:///nowhere"})
        assert answer.json["error"]["code"] == (-32602 if caller == "modern" else -32002)
        assert answer.status == (400 if caller == "modern" else 200)


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_a_prompt_is_got(caller: str, server: str):
    async with gateway({"git": ERAS[server]()}) as gate:
        answer = await ask(gate, caller, "prompts/get", {"name": "git__hi"})
        assert answer.json["result"]["messages"][0]["content"]["text"] == "hi"
        listed = await ask(gate, caller, "prompts/list")
        assert [each["name"] for each in listed.json["result"]["prompts"]] == ["git__hi"]


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_progress_reaches_the_caller_under_its_own_token(caller: str, server: str):
    played = ERAS[server]()
    progress = {"progressToken": "TOKEN", "progress": 1, "total": 3, "message": "a"}
    foreign = {"progressToken": "someone-else", "progress": 9}
    played.notes = [
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": progress},
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": foreign},
    ]
    async with gateway({"git": played}) as gate:
        params = {"name": "git__echo", "arguments": {"text": "x"}, "_meta": {"progressToken": 7}}
        answer = await ask(gate, caller, "tools/call", params, meta={"progressToken": 7})
        note, response = answer.events
        assert note["params"] == {**progress, "progressToken": 7}
        assert response["result"]["content"][0]["text"] == "x"
        sent = played.calls("tools/call")[0].body["params"]["_meta"]["progressToken"]
        assert sent not in {7, "7"}


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_without_a_token_the_answer_is_plain_json(caller: str, server: str):
    played = ERAS[server]()
    played.notes = [{"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": None}}]
    async with gateway({"git": played}) as gate:
        answer = await ask(gate, caller, "tools/call", {"name": "git__echo", "arguments": {"text": "x"}})
        assert answer.json["result"]["content"][0]["text"] == "x"


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_log_messages_pass_from_the_level_the_caller_wants(caller: str, server: str):
    played = ERAS[server]()
    played.notes = [
        {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": level, "data": level}}
        for level in ("debug", "warning", "error")
    ]
    params = {"name": "git__echo", "arguments": {"text": "x"}}
    async with gateway({"git": played}) as gate:
        if caller == "modern":
            answer = await gate.modern("tools/call", params, meta={"io.modelcontextprotocol/logLevel": "warning"})
        else:
            session = await gate.initialize()
            assert (await gate.legacy(session, "logging/setLevel", {"level": "warning"})).json["result"] == {}
            answer = await gate.legacy(session, "tools/call", params)
        assert [each["params"]["data"] for each in answer.events[:-1]] == ["warning", "error"]
        if (caller, server) == ("modern", "modern"):
            sent = played.calls("tools/call")[0].body["params"]["_meta"]
            assert sent["io.modelcontextprotocol/logLevel"] == "warning"


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_a_tools_own_failure_stays_a_result(caller: str, server: str):
    played = ERAS[server]()
    played.result = {"content": [{"type": "novel", "x": 1}], "isError": True, "future": [1]}
    async with gateway({"git": played}) as gate:
        result = (await ask(gate, caller, "tools/call", {"name": "git__echo"})).json["result"]
        assert {key: result[key] for key in played.result} == played.result


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_a_server_that_is_down_costs_only_its_own_tools(caller: str, server: str):
    down = ERAS[server]()
    down.down = True
    async with gateway({"up": ERAS[server](), "down": down}) as gate:
        listed = (await ask(gate, caller, "tools/list")).json["result"]
        assert [each["name"] for each in listed["tools"]] == ["up__echo"]
        assert listed["_meta"]["io.trigate/unavailable"] == ["down"]
        assert "result" in (await ask(gate, caller, "tools/call", {"name": "up__echo"})).json
        refused = await ask(gate, caller, "tools/call", {"name": "down__echo"})
        assert refused.status == 200
        assert refused.json["error"]["code"] == -32603
        assert "server 'down'" in refused.json["error"]["message"]
        assert gate.records[-1]["outcome"] == "mcp.server_failed"


@pytest.mark.parametrize("server", ["modern", "legacy"])
async def test_an_unknown_tool_is_told_as_its_server_tells_it_and_an_unknown_server_at_once(server: str):
    async with gateway({"git": ERAS[server]()}) as gate:
        for name in ("other__echo", "echo", "git", "git_echo", "__echo", ""):
            answer = await gate.modern("tools/call", {"name": name})
            assert (answer.status, answer.json["error"]["code"]) == (400, -32602), name


async def test_a_name_is_taken_apart_at_the_first_separator():
    played = ModernServer(tools=[{"name": "_a__b", "inputSchema": {"type": "object"}}])
    async with gateway({"git": played}) as gate:
        (tool,) = (await gate.modern("tools/list")).json["result"]["tools"]
        assert tool["name"] == "git___a__b"
        await gate.modern("tools/call", {"name": tool["name"]})
        assert played.calls("tools/call")[0].body["params"]["name"] == "_a__b"


# --- endpoints -------------------------------------------------------------------------------------------------------


async def test_an_endpoint_shows_and_serves_only_what_it_allows():
    tools = [{"name": name, "inputSchema": {"type": "object"}} for name in ("push", "push_force", "log")]
    endpoint = Endpoint(servers=("git",), allow=("git/push*",), deny=("server/git/tool/push_force",))
    servers = {"git": ModernServer(tools=tools), "fs": ModernServer()}
    async with gateway(servers, endpoints={"dev": endpoint}) as gate:
        listed = (await gate.modern("tools/list", path="/mcp/dev")).json["result"]["tools"]
        assert [each["name"] for each in listed] == ["git__push"]
        for name in ("git__push_force", "git__log", "fs__echo"):
            answer = await gate.modern("tools/call", {"name": name}, path="/mcp/dev")
            assert answer.json["error"]["code"] == -32602
        assert "result" in (await gate.modern("tools/call", {"name": "git__push"}, path="/mcp/dev")).json
        assert gate.records[-1]["route"] == "mcp/dev"
        assert not servers["fs"].seen


async def test_an_endpoint_of_one_server_may_show_names_as_they_are():
    async with gateway({"git": ModernServer()}, endpoints={"raw": Endpoint(servers=("git",), prefix=False)}) as gate:
        (tool,) = (await gate.modern("tools/list", path="/mcp/raw")).json["result"]["tools"]
        assert tool["name"] == "echo"
        assert "result" in (await gate.modern("tools/call", {"name": "echo"}, path="/mcp/raw")).json


async def test_a_session_belongs_to_its_endpoint_and_principal():
    async with gateway({"git": ModernServer()}, endpoints={"dev": Endpoint(servers=("git",))}) as gate:
        session = await gate.initialize()
        assert (await gate.legacy(session, "ping", path="/mcp/dev")).status == 404
        assert (await gate.legacy(session, "ping")).json["result"] == {}
        gate.principal = type(gate.principal)("other", frozenset({"mcp"}))
        assert (await gate.legacy(session, "ping")).status == 404


# --- sessions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_every_older_revision_is_spoken(version: str):
    async with gateway({"git": ModernServer()}) as gate:
        session = await gate.initialize(version)
        assert "result" in (await gate.legacy(session, "tools/call", {"name": "git__echo"})).json


async def test_an_unknown_revision_is_offered_the_latest():
    async with gateway() as gate:
        message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2099-01-01"}}
        answer = await gate.send("POST", "/mcp", {"content-type": JSON}, json.dumps(message).encode())
        assert answer.json["result"]["protocolVersion"] == "2025-11-25"


async def test_a_session_ends_by_delete_and_by_disuse(monkeypatch: pytest.MonkeyPatch):
    async with gateway(sessions=SessionSettings(ttl=Duration(60))) as gate:
        session = await gate.initialize()
        assert (await gate.send("DELETE", "/mcp", {"mcp-session-id": session})).status == 204
        assert (await gate.legacy(session, "ping")).status == 404
        second = await gate.initialize()
        later = clock.wall_ns() + 61 * 10**9
        monkeypatch.setattr(clock, "wall_ns", lambda: later)
        answer = await gate.legacy(second, "ping")
        assert (answer.status, answer.json["error"]["code"]) == (404, 404)
        assert "initialize" in answer.json["error"]["message"]


@pytest.mark.parametrize("token", ["", "x", "a.b", "é", "A" * 600, "..", "=.="])
async def test_a_token_that_was_never_given_out_opens_nothing(token: str):
    async with gateway() as gate:
        headers = [(b"content-type", b"application/json"), (b"mcp-session-id", token.encode("latin-1"))]
        answer = await gate.send_raw("POST", "/mcp", headers, b'{"jsonrpc":"2.0","id":1,"method":"ping"}')
        assert answer.status == 404


async def test_a_server_that_forgot_its_session_is_greeted_again_once():
    played = LegacyServer()
    async with gateway({"old": played}) as gate:
        assert "result" in (await gate.modern("tools/call", {"name": "old__echo"})).json
        played.sessions.clear()
        assert "result" in (await gate.modern("tools/call", {"name": "old__echo"})).json
        assert played.begun == 2


async def test_concurrent_callers_share_one_hello():
    played = LegacyServer()
    async with gateway({"old": played}) as gate:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(gate.modern("tools/call", {"name": "old__echo"})) for _ in range(10)]
        assert all("result" in each.result().json for each in tasks)
        assert (played.begun, len(played.calls("tools/list"))) == (1, 1)


LONG = [
    ("tools/call", {"name": "git__" + "x" * 1020}),
    ("prompts/get", {"name": "git__" + "é" * 510}),
    ("resources/read", {"uri": "file:///" + "x" * 8185}),
    ("completion/complete", {"ref": {"type": "ref/prompt", "name": "git__" + "x" * 1020}, "argument": {}}),
    ("completion/complete", {"ref": {"type": "ref/resource", "uri": "file:///" + "x" * 8185}, "argument": {}}),
]


@pytest.mark.parametrize("caller", ["modern", "legacy"])
@pytest.mark.parametrize(("method", "params"), LONG)
async def test_a_name_that_is_too_long_is_refused_before_it_gets_anywhere(
    caller: str, method: str, params: dict[str, Any]
):
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        headers = {"mcp-name": encode_value(params.get("name", params.get("uri", ""))).decode()}
        more = {"headers": headers} if caller == "modern" and "ref" not in params else {}
        for _ in range(4):
            answer = await ask(gate, caller, method, params, **more)
            assert answer.json["error"]["code"] == -32602
            assert "is longer than" in answer.json["error"]["message"]
        assert not played.calls(method)
        assert max(len(json.dumps(each)) for each in gate.records) < 2048


async def test_a_name_as_long_as_may_be_is_called_and_recorded():
    async with gateway({"git": ModernServer()}) as gate:
        name = "git__" + "x" * 1019
        for _ in range(4):
            await gate.modern("tools/call", {"name": name})
            assert gate.records[-1]["resource"] == "server/git/tool/" + "x" * 1019


async def test_a_long_name_in_a_batch_costs_only_its_element():
    async with gateway({"git": ModernServer()}) as gate:
        names = ("x" * 4_000_000, "git__echo")
        messages = [
            {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name}}
            for id, name in enumerate(names)
        ]
        first, second = (await batch(gate, "2025-03-26", messages)).json
        assert first["error"]["code"] == -32602
        assert "result" in second


# --- batches ---------------------------------------------------------------------------------------------------------


async def batch(gate: Gateway, version: str, messages: list[Any]) -> Answered:
    session = await gate.initialize(version)
    return await gate.send("POST", "/mcp", session_fields(session), json.dumps(messages).encode())


async def test_each_element_of_a_batch_is_a_call_of_its_own():
    async with gateway({"git": ModernServer()}) as gate:
        messages: list[Any] = [
            {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "git__echo"}},
            {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}},
            {"jsonrpc": "2.0", "id": "b", "method": "nonsense"},
            {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "nobody__x"}},
            5,
            {"jsonrpc": "2.0", "id": 4, "method": "ping"},
        ]
        answers = (await batch(gate, "2025-03-26", messages)).json
        assert [each["id"] for each in answers] == [1, "b", 3, None, 4]
        assert "result" in answers[0]
        assert [each["error"]["code"] for each in answers[1:4]] == [-32601, -32602, -32600]
        parents = [each.get("parent") for each in gate.records[-3:]]
        assert parents == [gate.records[-1]["id"], gate.records[-1]["id"], None]


async def test_a_batch_of_notifications_has_no_answer():
    async with gateway() as gate:
        note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
        answer = await batch(gate, "2025-03-26", [note, note])
        assert (answer.status, answer.body) == (202, b"")


@pytest.mark.parametrize(
    ("version", "count"), [("2025-06-18", 1), ("2025-11-25", 1), ("2025-03-26", 0), ("2025-03-26", 33)]
)
async def test_a_batch_that_is_not_allowed_is_refused_whole(version: str, count: int):
    async with gateway() as gate:
        answer = await batch(gate, version, [{"jsonrpc": "2.0", "id": 1, "method": "ping"}] * count)
        assert (answer.status, answer.json["error"]["code"]) == (400, -32600)


def begin_batch(gate: Gateway, session: str, count: int) -> tuple["asyncio.Task[None]", Edge]:
    messages = [
        {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "git__echo"}} for id in range(count)
    ]
    headers = [(name.encode(), value.encode()) for name, value in session_fields(session).items()]
    return gate.begin("POST", "/mcp", headers, json.dumps(messages).encode())


async def test_an_element_that_takes_too_long_costs_only_itself():
    played = ModernServer(settings=Server(url="http://git/mcp", timeouts=ServerTimeouts(call=Duration(0.2))))
    async with gateway({"git": played}) as gate:
        session = await gate.initialize("2025-03-26")
        played.stall = True
        task, edge = begin_batch(gate, session, 2)
        await until(lambda: len(played.calls("tools/call")) == 2)
        played.stall = False
        await until(task.done)
        first, second = answered(edge).json
        assert (first["id"], first["error"]["data"]["code"]) == (0, "upstream.timeout")
        assert second["id"] == 1
        assert [each["outcome"] for each in gate.records[-3:]] == ["upstream.timeout", "upstream.timeout", "ok"]
        assert task.cancelling() == 0


async def test_an_element_that_is_cancelled_costs_only_itself():
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        session = await gate.initialize("2025-03-26")
        played.stall = True
        task, edge = begin_batch(gate, session, 2)
        await until(lambda: len(played.calls("tools/call")) == 1)
        played.stall = False
        await gate.legacy(session, "notifications/cancelled", {"requestId": 0}, id=None)
        await until(task.done)
        first, second = answered(edge).json
        assert first["error"]["data"]["code"] == "mcp.cancelled"
        assert "result" in second


async def test_a_batch_whose_caller_left_ends_with_the_element_under_way():
    played = ModernServer()
    async with gateway({"git": played}, orphan=Duration(0.2)) as gate:
        session = await gate.initialize("2025-03-26")
        played.stall = True
        task, edge = begin_batch(gate, session, 3)
        await until(lambda: len(played.calls("tools/call")) == 1)
        edge.left = True
        await until(task.done)
        assert len(played.calls("tools/call")) == 1
        assert [each["outcome"] for each in gate.records[-2:]] == ["gateway.stopped", "gateway.stopped"]


async def test_a_batch_does_not_begin_what_nobody_waits_for():
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        task, edge = begin_batch(gate, await gate.initialize("2025-03-26"), 3)
        edge.left = True
        await until(task.done)
        assert not played.calls("tools/call")


async def test_a_batch_that_is_ended_from_outside_ends_whole():
    played = ModernServer()
    played.stall = True
    async with gateway({"git": played}) as gate:
        task, _ = begin_batch(gate, await gate.initialize("2025-03-26"), 2)
        await until(lambda: len(played.calls("tools/call")) == 1)
        task.cancel()
        await until(task.done)
        assert task.cancelled()
        assert len(played.calls("tools/call")) == 1


# --- leaving and cancelling ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("server", ["modern", "legacy"])
async def test_a_modern_caller_that_leaves_cancels_at_the_server(server: str):
    played = ERAS[server]()
    async with gateway({"git": played}) as gate:
        await gate.modern("tools/call", {"name": "git__echo"})
        played.stall = True
        headers, body = modern_request("tools/call", {"name": "git__echo"})
        task, edge = gate.begin("POST", "/mcp", [(k.encode(), v.encode()) for k, v in headers.items()], body)
        await until(lambda: len(played.calls("tools/call")) == 2)
        assert not edge.detached
        edge.left = True
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gate.records[-1]["outcome"] == "caller.left"
        if server == "legacy":
            await until(lambda: bool(played.calls("notifications/cancelled")))
            note = played.calls("notifications/cancelled")[0].body["params"]
            assert note["requestId"] == played.calls("tools/call")[1].body["id"]
        else:
            assert not played.calls("notifications/cancelled")


async def test_a_legacy_caller_that_leaves_cancels_nothing_until_its_call_is_an_orphan():
    played = ModernServer()
    played.stall = True
    async with gateway({"git": played}, orphan=SessionSettings().ttl.__class__(0.2)) as gate:
        session = await gate.initialize()
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "git__echo"}})
        headers = [(k.encode(), v.encode()) for k, v in session_fields(session).items()]
        task, edge = gate.begin("POST", "/mcp", headers, body.encode())
        await until(lambda: bool(played.calls("tools/call")))
        assert edge.detached
        edge.left = True
        await until(task.done)
        assert gate.records[-1]["outcome"] == "gateway.stopped"


async def test_a_legacy_caller_cancels_by_a_notification():
    played = ModernServer()
    played.stall = True
    async with gateway({"git": played}) as gate:
        session = await gate.initialize()
        body = json.dumps({"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": {"name": "git__echo"}})
        headers = [(k.encode(), v.encode()) for k, v in session_fields(session).items()]
        task, edge = gate.begin("POST", "/mcp", headers, body.encode())
        await until(lambda: bool(played.calls("tools/call")))
        for wrong in ("y", 1, None):
            await gate.legacy(session, "notifications/cancelled", {"requestId": wrong}, id=None)
        other = await gate.initialize()
        await gate.legacy(other, "notifications/cancelled", {"requestId": "x"}, id=None)
        assert not task.done()
        await gate.legacy(session, "notifications/cancelled", {"requestId": "x"}, id=None)
        await until(task.done)
        assert answered(edge).json["error"]["data"]["code"] == "mcp.cancelled"


async def test_an_id_that_was_used_twice_stays_with_the_later_request():
    played = ModernServer()
    played.stall = True
    async with gateway({"git": played}) as gate:
        session = await gate.initialize()
        body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "git__echo"}})
        headers = [(k.encode(), v.encode()) for k, v in session_fields(session).items()]
        first, _ = gate.begin("POST", "/mcp", headers, body.encode())
        await until(lambda: len(played.calls("tools/call")) == 1)
        second, edge = gate.begin("POST", "/mcp", headers, body.encode())
        await until(lambda: len(played.calls("tools/call")) == 2)
        first.cancel()
        await until(first.done)
        await gate.legacy(session, "notifications/cancelled", {"requestId": 7}, id=None)
        await until(second.done)
        assert answered(edge).json["error"]["data"]["code"] == "mcp.cancelled"


async def test_a_call_that_takes_too_long_ends():
    played = ModernServer(
        settings=Server(url="http://git/mcp", timeouts=ServerTimeouts(call=ServerTimeouts().call.__class__(0.2)))
    )
    played.stall = True
    async with gateway({"git": played}) as gate:
        answer = await gate.modern("tools/call", {"name": "git__echo"})
        assert answer.json["error"]["data"]["code"] == "upstream.timeout"


async def test_an_error_after_progress_ends_the_stream_as_an_event():
    played = ModernServer()
    played.notes = [{"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": "TOKEN"}}]
    played.stall = True
    async with gateway({"git": played}) as gate:
        headers, body = modern_request("tools/call", {"name": "git__echo"}, meta={"progressToken": "p"})
        task, edge = gate.begin("POST", "/mcp", [(k.encode(), v.encode()) for k, v in headers.items()], body)
        await until(edge.seen.is_set)
        (exchange,) = (each._exchange for each in gate.surroundings.deadlines._live if isinstance(each, Watch))
        exchange.stop(ExchangeStopped("drained"))
        await until(task.done)
        note, error = answered(edge).events
        assert note["method"] == "notifications/progress"
        assert error["error"]["data"]["code"] == "gateway.stopped"


# --- what cannot be carried ------------------------------------------------------------------------------------------


async def test_a_server_that_asks_its_client_is_told_that_nobody_can_be_asked():
    played = LegacyServer()
    played.notes = [
        {"jsonrpc": "2.0", "id": 77, "method": "elicitation/create", "params": {"message": "sure?"}},
        {"jsonrpc": "2.0", "id": "p", "method": "ping"},
    ]
    async with gateway({"old": played}) as gate:
        answer = await gate.modern("tools/call", {"name": "old__echo", "arguments": {"text": "x"}})
        assert answer.json["result"]["content"][0]["text"] == "x"
        await until(lambda: len([each for each in played.seen if each.body and "method" not in each.body]) == 2)
        answers = {each.body["id"]: each.body for each in played.seen if each.body and "method" not in each.body}
        assert answers[77]["error"]["code"] == -32601
        assert answers["p"]["result"] == {}


@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_a_result_of_an_unknown_type_is_a_clear_error(caller: str):
    played = ModernServer()
    played.result = {"resultType": "later"}
    async with gateway({"git": played}) as gate:
        error = (await ask(gate, caller, "tools/call", {"name": "git__echo"})).json["error"]
        assert error["code"] == -32603
        assert "later" in error["message"]


@pytest.mark.parametrize("method", ["resources/subscribe", "tasks/list", "nonsense", "initialize"])
async def test_what_is_not_served_is_said_at_once_in_the_newer_era(method: str):
    async with gateway() as gate:
        answer = await gate.modern(method)
        assert (answer.status, answer.json["error"]["code"], answer.json["id"]) == (404, -32601, 1)


@pytest.mark.parametrize("method", ["subscriptions/listen", "server/discover", "nonsense", "tasks/list"])
async def test_what_is_not_served_is_said_at_once_in_the_older_era(method: str):
    async with gateway() as gate:
        answer = await gate.legacy(await gate.initialize(), method)
        assert (answer.status, answer.json["error"]["code"]) == (200, -32601)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_other_http_methods_are_refused_with_what_is_allowed(method: str):
    async with gateway() as gate:
        answer = await gate.send(method, "/mcp", {"mcp-protocol-version": MODERN, "accept": "text/event-stream"})
        assert answer.status == 405
        assert answer.fields["allow"] == "GET, POST, DELETE"


async def test_discover_tells_what_the_gateway_is():
    async with gateway() as gate:
        result = (await gate.modern("server/discover")).json["result"]
        assert result["supportedVersions"][0] == MODERN
        assert {"tools", "resources", "prompts"} <= result["capabilities"].keys()
        check_result("modern", result)


async def test_nothing_of_the_callers_hop_reaches_the_server():
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        await gate.modern(
            "tools/call",
            {"name": "git__echo", "task": {"ttl": 1}, "inputResponses": {}, "future": 1},
            meta={"traceparent": "00-a-b-01", "com.example/x": {"y": 1}, "io.modelcontextprotocol/future": 1},
            headers={"authorization": "Bearer canary", "cookie": "canary", "x-custom": "canary"},
        )
        sent = played.calls("tools/call")[0]
        assert "canary" not in json.dumps(sent.fields)
        meta = sent.body["params"]["_meta"]
        assert (meta["traceparent"], meta["com.example/x"]) == ("00-a-b-01", {"y": 1})
        assert "io.modelcontextprotocol/future" not in meta
        assert meta["io.modelcontextprotocol/clientInfo"]["name"] == "trigate"
        assert sent.body["params"].keys() == {"name", "future", "_meta"}


async def test_numbers_and_order_in_arguments_are_passed_on_as_written():
    arguments = b'"arguments":{"b":1.0,"a":1e2,"n":123456789012345678901234567890}'
    params = b'{%b,"name":"git__echo","_meta":%b}' % (arguments, json.dumps(META).encode())
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":%b}' % params
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        wire: list[bytes] = []
        send = gate.client.send

        async def spy(endpoint: Any, method: Any, target: Any, headers: Any, body: bytes, *rest: Any, **more: Any):
            wire.append(body)
            return await send(endpoint, method, target, headers, body, *rest, **more)

        gate.client.send = spy
        fields, _ = modern_request("tools/call", {"name": "git__echo"})
        await gate.send("POST", "/mcp", fields, body)
        assert arguments in wire[-1]


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)
