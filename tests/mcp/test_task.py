"""Tasks of servers, under ids that their callers alone can use; and calls that are tasks only behind the gateway."""

import asyncio
import json
from typing import Any

import pytest

from tests.mcp.asking import ACCEPTED, ALL, CAPABLE, FORM, Asks, begin, responses
from tests.mcp.servers import LegacyServer, ModernServer, error
from tests.mcp.stage import Gateway, Played, Sent, gateway
from tests.patience import PATIENCE
from trigate.core.principal import Principal
from trigate.policy.access import Access
from trigate.policy.rule import Rule

TASKS = "io.modelcontextprotocol/tasks"
KNOWS = {"io.modelcontextprotocol/clientCapabilities": {"extensions": {TASKS: {}}}}
CALL = {"name": "git__echo", "arguments": {"text": "x"}}
OWN = "task-1"
DONE = {"status": "completed", "result": {"content": [{"type": "text", "text": "done"}], "isError": False}}


def task(status: str, **more: Any) -> dict[str, Any]:
    times = {"createdAt": "2026-01-01T00:00:00Z", "lastUpdatedAt": "2026-01-01T00:00:00Z", "ttlMs": None}
    return {"taskId": OWN, "status": status, "pollIntervalMs": 1, **times, **more}


class TaskServer(ModernServer):
    """Makes a task of every call; `states` are what it says of it, in order, and the last again and again."""

    def __init__(self, *states: dict[str, Any]) -> None:
        super().__init__()
        self.states = list(states) or [task(**DONE)]
        self.asked: list[tuple[str, Any]] = []

    def answer(self, sent: Sent) -> Played:
        method, params = sent.body["method"], sent.body.get("params", {})
        if method != "tools/call" and not method.startswith("tasks/"):
            return super().answer(sent)
        id, meta = sent.body["id"], params["_meta"]
        known = meta["io.modelcontextprotocol/clientCapabilities"].get("extensions", {})
        self.asked.append((method, params))
        assert sent.fields["mcp-method"] == method
        if TASKS not in known:
            return error(id, -32021, data={"requiredCapabilities": {"extensions": {TASKS: {}}}}, status=400)
        if method == "tools/call":
            return self.send(sent, {"resultType": "task", **task("working")})
        assert (params["taskId"], sent.fields["mcp-name"]) == (OWN, OWN)
        if method == "tasks/get":
            state = self.states[0] if len(self.states) == 1 else self.states.pop(0)
            return self.send(sent, {"resultType": "complete", **state})
        return self.send(sent, {"resultType": "complete"})

    def methods(self) -> list[str]:
        return [method for method, _ in self.asked]


async def about(gate: Gateway, method: str, id: str, **params: Any) -> Any:
    answer = await gate.modern(method, {"taskId": id, **params}, meta=KNOWS, headers={"mcp-name": id})
    return answer.json


async def test_a_task_is_looked_at_answered_and_cancelled_under_an_id_of_its_own():
    server = TaskServer(task("input_required", inputRequests={"k": FORM}), task(**DONE))
    async with gateway({"git": server}) as gate:
        made = (await gate.modern("tools/call", CALL, meta=KNOWS)).json["result"]
        assert (made["resultType"], made["status"]) == ("task", "working")
        id = made["taskId"]
        assert id != OWN
        first = (await about(gate, "tasks/get", id))["result"]
        assert (first["taskId"], first["resultType"], first["inputRequests"]) == (id, "complete", {"k": FORM})
        await about(gate, "tasks/update", id, inputResponses={"k": ACCEPTED})
        assert server.asked[-1][1]["inputResponses"] == {"k": ACCEPTED}
        done = (await about(gate, "tasks/get", id))["result"]
        assert (done["taskId"], done["result"]) == (id, DONE["result"])
        assert (await about(gate, "tasks/cancel", id))["result"]["resultType"] == "complete"
    assert server.methods() == ["tools/call", "tasks/get", "tasks/update", "tasks/get", "tasks/cancel"]
    assert [each["usage"].get("tool_calls", 0) for each in gate.records] == [1, 0, 0, 0, 0, 0]
    asked = gate.records[1]
    assert (asked["action"], asked["resource"]) == ("mcp.elicitation.create", "server/git/tool/echo")


async def test_a_task_asks_nobody_whom_its_server_may_not_ask():
    rules = Access((Rule(allow=("mcp.*",)), Rule(deny=("mcp.elicitation.create server/git/*",))))
    server = TaskServer(task("input_required", inputRequests={"k": FORM}))
    async with gateway({"git": server}, access=rules) as gate:
        id = (await gate.modern("tools/call", CALL, meta=KNOWS)).json["result"]["taskId"]
        refused = await about(gate, "tasks/get", id)
        assert refused["error"]["data"]["code"] == "access.denied"
        assert "name" not in json.dumps(refused)


async def test_a_task_is_nobody_elses():
    server = TaskServer()
    async with gateway({"git": server}) as gate:
        id = (await gate.modern("tools/call", CALL, meta=KNOWS)).json["result"]["taskId"]
        for wrong in (OWN, "!", id[:-1], id + "A", "x" * 5000):
            assert (await about(gate, "tasks/get", wrong))["error"]["code"] == -32602
        gate.principal = Principal("eve", frozenset({"mcp"}))
        assert (await about(gate, "tasks/get", id))["error"]["message"] == "there is no such task"
    assert server.methods() == ["tools/call"]


async def test_who_may_no_longer_call_a_tool_has_no_tasks_of_it():
    rules = Access((Rule(team="a", allow=("mcp.tools.call server/git/*",)),))
    async with gateway({"git": TaskServer()}, access=rules) as gate:
        gate.principal = Principal("dev", frozenset({"mcp"}), team="a")
        id = (await gate.modern("tools/call", CALL, meta=KNOWS)).json["result"]["taskId"]
        assert (await about(gate, "tasks/get", id))["result"]["status"] == "completed"
        gate.principal = Principal("dev", frozenset({"mcp"}), team="b")
        assert (await about(gate, "tasks/get", id))["error"]["message"] == "there is no such task"


async def test_a_modern_caller_who_knows_no_tasks_is_told_what_is_missing():
    async with gateway({"git": TaskServer()}) as gate:
        refused = (await gate.modern("tools/call", CALL)).json["error"]
        assert refused["code"] == -32021
        assert refused["data"]["requiredCapabilities"] == {"extensions": {TASKS: {}}}


async def test_for_an_older_caller_the_gateway_sees_a_task_through():
    states = [
        task("working", statusMessage="half"),
        task("input_required", inputRequests={"k": FORM}),
        task(**DONE),
    ]
    server = TaskServer(*states)
    async with gateway({"git": server}) as gate:
        params = {**CALL, "_meta": {"progressToken": "p"}}
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", params)
        progress = await talk.next()
        assert (progress["params"]["message"], progress["params"]["progressToken"]) == ("half", "p")
        await talk.reply((await talk.next())["id"], ACCEPTED)
        assert (await talk.end()).events[-1]["result"]["content"][0]["text"] == "done"
    assert server.methods() == ["tools/call", "tools/call", "tasks/get", "tasks/get", "tasks/update", "tasks/get"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (task("failed", error={"code": -32000, "message": "broken"}), "broken"),
        (task("failed"), "the task failed"),
        (task("cancelled"), "cancelled"),
        ({"status": 5}, "cannot be read"),
        (task("input_required", inputRequests={"k": {"method": "x/y"}}), "x/y"),
    ],
)
async def test_a_task_that_comes_to_nothing_is_an_error(state: Any, said: str):
    async with gateway({"git": TaskServer(state)}) as gate:
        answer = await gate.legacy(await gate.initialize(can=ALL), "tools/call", CALL)
        assert said in answer.message["error"]["message"]


async def test_a_task_nobody_waits_for_is_cancelled():
    server = TaskServer(task("working"))
    async with gateway({"git": server}) as gate:
        session = await gate.initialize()
        talk = begin(gate, session, "tools/call", CALL, id=7)
        async with asyncio.timeout(PATIENCE):
            while "tasks/get" not in server.methods():
                await asyncio.sleep(0.002)
            await gate.legacy(session, "notifications/cancelled", {"requestId": 7}, id=None)
            await talk.task
            while "tasks/cancel" not in server.methods():
                await asyncio.sleep(0.002)


class OlderTasks(LegacyServer):
    """Calls its tool only as a task (2025-11-25, tasks)."""

    def __init__(self) -> None:
        tool = {"name": "echo", "inputSchema": {"type": "object"}, "execution": {"taskSupport": "required"}}
        super().__init__(tools=[tool])
        self.asked: list[str] = []

    def list_or_call(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        if method == "tools/call":
            self.asked.append(method)
            return {"task": task("working")} if params.get("task") == {} else None
        if method.startswith("tasks/"):
            self.asked.append(method)
            assert params["taskId"] == OWN
            return DONE["result"] if method == "tasks/result" else {}  # type: ignore[return-value]
        return super().list_or_call(method, params)


@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_a_tool_that_an_older_server_calls_only_as_a_task_is_called(caller: str):
    server = OlderTasks()
    async with gateway({"git": server}) as gate:
        if caller == "modern":
            (tool,) = (await gate.modern("tools/list")).json["result"]["tools"]
            answer = await gate.modern("tools/call", CALL)
        else:
            session = await gate.initialize()
            (tool,) = (await gate.legacy(session, "tools/list")).json["result"]["tools"]
            assert "execution" not in tool
            answer = await gate.legacy(session, "tools/call", CALL)
        assert answer.message["result"]["content"][0]["text"] == "done"
    assert server.asked == ["tools/call", "tasks/result"]


class AskingOlderTasks(Asks):
    """Asks while the result of its task is waited for (2025-11-25, tasks: input required)."""

    def __init__(self) -> None:
        super().__init__({"q": FORM})
        self.tools = [{"name": "echo", "inputSchema": {"type": "object"}, "execution": {"taskSupport": "required"}}]
        self.heard: list[str] = []

    def answer(self, sent: Sent) -> Played:
        body = sent.body or {}
        self.heard.append(body.get("method", ""))
        if body.get("method") == "tools/call":
            return Played(200, {"jsonrpc": "2.0", "id": body["id"], "result": {"task": task("working")}})
        if body.get("method") == "tasks/result":
            sent.body["method"] = "tools/call"
        return super().answer(sent)


async def test_a_modern_caller_is_asked_while_an_older_server_is_at_its_task():
    server = AskingOlderTasks()
    async with gateway({"git": server}) as gate:
        await gate.modern("tools/list")
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).message["result"]
        assert first["resultType"] == "input_required"
        for _ in range(20):
            await asyncio.sleep(0)
        assert "tasks/cancel" not in server.heard
        given = {"requestState": first["requestState"], "inputResponses": responses(first["inputRequests"])}
        answer = await gate.modern("tools/call", {**CALL, **given}, meta=CAPABLE)
        assert "accept" in answer.message["result"]["content"][0]["text"]
    assert server.heard.count("tasks/result") == 1


async def test_the_gateway_says_that_it_knows_tasks_to_the_newer_era_alone():
    async with gateway() as gate:
        capabilities = (await gate.modern("server/discover")).json["result"]["capabilities"]
        assert TASKS in capabilities["extensions"]
        session = await gate.initialize()
        assert (await gate.legacy(session, "tasks/list")).json["error"]["code"] == -32601
        assert json.dumps(capabilities).count("tasks") == 1
