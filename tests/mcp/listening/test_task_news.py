"""What a server says of a task reaches the caller whose task it is, under the caller's id, and nobody else."""

from typing import Any

from tests.mcp.asking import FORM
from tests.mcp.listening.servers import SUBSCRIPTION, Listened, events, eventually, gateway
from tests.mcp.listening.test_front import Ear, raw
from tests.mcp.stage import Gateway, Played, Sent, modern_request
from tests.mcp.test_task import CALL, DONE, KNOWS, OWN, TASKS, TaskServer, task
from trigate.core.principal import Principal
from trigate.mcp.settings import Server


class Telling(Listened):
    """Makes a task of every call, and says unasked how it does."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(settings=Server(url="http://git/mcp", **settings))
        self.tasks = TaskServer()

    def answer(self, sent: Sent) -> Played:
        method = sent.body["method"]
        if method == "tools/call" or method.startswith("tasks/"):
            return self.tasks.answer(sent)
        if method == "subscriptions/listen" and "taskIds" in sent.body["params"]["notifications"]:
            declared = sent.body["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"]
            assert declared == {"extensions": {TASKS: {}}}
        return super().answer(sent)


async def make(gate: Gateway) -> str:
    return (await gate.modern("tools/call", CALL, meta=KNOWS)).json["result"]["taskId"]


async def listen(gate: Gateway, *ids: str, meta: Any = KNOWS) -> Ear:
    fields, body = modern_request("subscriptions/listen", {"notifications": {"taskIds": ids}}, id="l-1", meta=meta)
    task_, edge = gate.begin("POST", "/mcp", raw(fields), body)
    ear = Ear(gate, task_, edge)
    await eventually(lambda: edge.parts)
    return ear


async def test_each_state_is_told_under_the_callers_own_id():
    played = Telling()
    async with gateway({"git": played}) as gate:
        id = await make(gate)
        ear = await listen(gate, id)
        assert events(ear.edge)[0]["params"]["notifications"] == {"taskIds": [id]}
        await eventually(lambda: played.filters and played.filters[-1].get("taskIds") == [OWN])
        played.say("tasks", **task("working", statusMessage="half"))
        played.say("tasks", **task(**DONE))
        await eventually(lambda: len(ear.heard) == 2)
        first, second = (each["params"] for each in ear.heard)
        assert (first["taskId"], first["status"], first["statusMessage"]) == (id, "working", "half")
        assert (second["taskId"], second["result"]["content"][0]["text"]) == (id, "done")
        assert first["_meta"] == second["_meta"] == {SUBSCRIPTION: "l-1"}
        assert set(ear.methods) == {"tasks"}
        await ear.leave()
        await eventually(lambda: "taskIds" not in played.filters[-1])


async def test_what_is_told_passes_what_results_pass_and_asks_nothing():
    played = Telling(check="all")
    played.tools = [{"name": "echo", "inputSchema": {"type": "object"}, "outputSchema": {"type": "object"}}]
    async with gateway({"git": played}) as gate:
        await gate.modern("tools/list")
        id = await make(gate)
        ear = await listen(gate, id)
        await eventually(lambda: played.filters and "taskIds" in played.filters[-1])
        played.say("tasks", **task("input_required", inputRequests={"k": FORM}))
        played.say("tasks", **task("completed", result={"content": [], "structuredContent": 5}))
        await eventually(lambda: len(ear.heard) == 2)
        asked, ended = (each["params"] for each in ear.heard)
        assert (asked["status"], "inputRequests" in asked) == ("input_required", False)
        assert (ended["status"], "result" in ended) == ("failed", False)
        await ear.leave()


async def test_nobody_hears_of_what_is_another_ones_or_none():
    played = Telling()
    async with gateway({"git": played}) as gate:
        id = await make(gate)
        mine = await listen(gate, id)
        gate.principal = Principal("eve", frozenset({"mcp"}))
        ear = await listen(gate, id, "no-task", OWN)
        assert events(ear.edge)[0]["params"]["notifications"] == {}
        await eventually(lambda: played.filters and "taskIds" in played.filters[-1])
        played.say("tasks", **task("working"))
        played.say("tasks", taskId=5)
        await eventually(lambda: mine.heard)
        assert ear.heard == []
        await ear.leave()
        await mine.leave()


async def test_who_knows_no_tasks_is_told_what_is_missing():
    async with gateway({"git": Telling()}) as gate:
        params = {"notifications": {"taskIds": ["x"]}}
        answer = await gate.modern("subscriptions/listen", params)
        assert answer.json["error"]["code"] == -32021
        assert answer.json["error"]["data"]["requiredCapabilities"] == {"extensions": {TASKS: {}}}
