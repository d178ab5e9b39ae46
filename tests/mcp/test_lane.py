"""Callers of either era reach servers of either era."""

import pytest

from tests.mcp.servers import ERAS, FakeServer
from tests.mcp.stage import Answered, Gateway, gateway

CELLS = [(caller, server) for caller in ("modern", "legacy") for server in ("modern", "legacy")]


async def ask(gate: Gateway, era: str, method: str, params: dict | None = None, **more) -> Answered:
    if era == "modern":
        return await gate.modern(method, params, **more)
    return await gate.legacy(await gate.initialize(), method, params, id=more.get("id", 1))


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_a_tool_is_called(caller: str, server: str):
    played: FakeServer = ERAS[server]()
    async with gateway({"git": played}) as gate:
        answer = await ask(gate, caller, "tools/call", {"name": "git__echo", "arguments": {"text": "hé"}}, id="a-1")
        assert answer.status == 200
        assert answer.json["id"] == "a-1"
        assert answer.json["result"]["content"] == [{"type": "text", "text": "hé"}]
        assert played.calls("tools/call")[0].body["params"]["name"] == "echo"
        record = gate.records[-1]
        assert (record["action"], record["resource"]) == ("mcp.tools.call", "server/git/tool/echo")
        assert (record["outcome"], record["target"], record["status"]) == ("ok", "git", 200)
        assert record["usage"]["tool_calls"] == 1
