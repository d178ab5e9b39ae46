"""Results of tasks are held against the same as results of calls."""

from typing import Any

import pytest

from tests.mcp.servers import ModernServer
from tests.mcp.stage import gateway
from tests.mcp.test_task import CALL, KNOWS, TaskServer, about, task
from trigate.core.settings import Size
from trigate.mcp.care_settings import Results
from trigate.mcp.settings import Server

TYPED = {"name": "echo", "inputSchema": {"type": "object"}, "outputSchema": {"type": "object", "required": ["n"]}}


async def look(server: TaskServer, others: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    """What a caller is told of its task by `tasks/get`."""
    server.settings = Server(url="http://git/mcp", sessions="shared", **settings)
    async with gateway({"git": server, **(others or {})}) as gate:
        await gate.modern("tools/list")
        made = (await gate.modern("tools/call", CALL, meta=KNOWS)).json["result"]
        found = (await about(gate, "tasks/get", made["taskId"]))["result"]
        assert (found["resultType"], found["taskId"]) == ("complete", made["taskId"])
        return found


def done(**result: Any) -> dict[str, Any]:
    return task("completed", result=result)


async def test_a_result_that_is_too_large_is_cut():
    server = TaskServer(done(content=[{"type": "text", "text": "x" * 9000}]))
    found = await look(server, results=Results(max=Size(4096), beyond="truncate"))
    text = found["result"]["content"]
    assert found["status"] == "completed"
    assert len(text[0]["text"]) < 4096
    assert "cut by the gateway" in text[1]["text"]


async def test_a_result_that_is_too_large_may_be_refused():
    server = TaskServer(done(content=[{"type": "text", "text": "x" * 9000}]))
    found = await look(server, results=Results(max=Size(4096)))
    assert (found["status"], "result" in found) == ("failed", False)
    assert found["error"]["data"] == {"code": "mcp.result_too_large"}


@pytest.mark.parametrize(("given", "status"), [({"n": 1}, "completed"), ({"m": 1}, "failed")])
async def test_a_structured_result_is_held_against_its_schema(given: dict[str, Any], status: str):
    server = TaskServer(done(content=[], structuredContent=given))
    server.tools = [TYPED]
    found = await look(server, check="all")
    assert found["status"] == status
    assert ("error" in found) is (status == "failed")


async def test_addresses_in_a_result_stay_readable():
    link = {"type": "resource_link", "uri": "file:///made", "name": "made"}
    found = await look(TaskServer(done(content=[link])), {"other": ModernServer()})
    assert "git" in found["result"]["content"][0]["uri"]


async def test_a_result_says_nothing_of_the_server_behind():
    inner = {"io.modelcontextprotocol/serverInfo": {"name": "canary", "version": "0"}, "vendor/x": 1}
    found = await look(TaskServer(done(content=[], _meta=inner)))
    assert found["result"]["_meta"]["vendor/x"] == 1
    assert "canary" not in str(found)


async def test_a_result_that_is_none_is_a_failure():
    found = await look(TaskServer(task("completed", result=[1])))
    assert (found["status"], "result" in found) == ("failed", False)
