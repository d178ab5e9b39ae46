"""Every message finds its server, or nobody's."""

from typing import Any

import pytest

from tests.mcp.servers import ModernServer
from tests.mcp.stage import gateway
from trigate.core.errors import UpstreamFailed
from trigate.mcp.ask import Ask
from trigate.mcp.method import METHODS


@pytest.mark.parametrize(
    ("method", "params", "action"),
    [
        ("tools/list", {}, "server/*"),
        ("server/discover", {}, "endpoint/*"),
        ("tools/call", {"name": "git__echo"}, "server/git/tool/echo"),
        ("tools/call", {"name": "nope__echo"}, "server/nope/tool/echo"),
        ("tools/call", {"name": "git__x_0123456789"}, "endpoint/*"),
        ("prompts/get", {"name": "git__hi"}, "server/git/prompt/hi"),
        ("resources/read", {"uri": "file:///unknown"}, "endpoint/*"),
        ("resources/read", {"uri": "trigate://git/x"}, "server/git/resource/x"),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "git__hi"}}, "server/git/prompt/hi"),
    ],
)
async def test_the_act_is_named_after_the_servers_own_names(method: str, params: dict[str, Any], action: str):
    async with gateway({"git": ModernServer(), "web": ModernServer()}) as gate:
        await gate.modern(method, params)
        assert gate.records[-1]["resource"] == action


@pytest.mark.parametrize(
    ("method", "params"),
    [("tools/call", {"name": "x" * 2000}), ("resources/read", {"uri": "x" * 9000}), ("tools/call", {"name": 5})],
)
async def test_a_name_that_no_server_would_give_is_refused(method: str, params: dict[str, Any]):
    async with gateway({"git": ModernServer()}) as gate:
        message = {"content-type": "application/json"}
        answer = await gate.modern(method, params, headers=message | {"mcp-name": str(next(iter(params.values())))})
        assert answer.json["error"]["code"] == -32602


async def test_a_server_that_cannot_say_what_a_name_stands_for_is_blamed_in_the_end():
    played = ModernServer()
    played.down = True
    async with gateway({"git": played}) as gate:
        lane = gate.lane
        ask = Ask(lane._places[b"/mcp"][0], method=METHODS["modern"]["tools/call"], subject="git__x_0123456789")
        exchange: Any = None
        action = await lane._all.locator.find(exchange, ask)
        assert action.resource == "server/git/tool/x_0123456789"
        assert isinstance(ask.fault, UpstreamFailed)
