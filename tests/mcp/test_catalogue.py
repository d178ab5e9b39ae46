"""Many servers' lists as one."""

import asyncio
from typing import Any

from tests.mcp.servers import LegacyServer, ModernServer
from tests.mcp.stage import Played, Sent, gateway
from trigate.core.settings import Duration
from trigate.mcp.listing import KINDS
from trigate.mcp.settings import Server, ServerTimeouts


def tool(name: str) -> dict[str, Any]:
    return {"name": name, "inputSchema": {"type": "object"}}


async def test_the_order_is_the_configurations_and_then_each_servers_own():
    servers = {"z": ModernServer(tools=[tool("b"), tool("a")]), "a": LegacyServer(tools=[tool("c")])}
    async with gateway(servers) as gate:
        for _ in range(2):
            tools = (await gate.modern("tools/list")).json["result"]["tools"]
            assert [each["name"] for each in tools] == ["z__b", "z__a", "a__c"]


async def test_a_list_is_fetched_once_for_everybody_and_again_when_it_is_old():
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(gate.modern("tools/list"))
        assert len(played.calls("tools/list")) == 1
        gate.lane._upstreams["git"].memory.listings["tools"].fresh_until = 0.0
        played.tools = [tool("new")]
        tools = (await gate.modern("tools/list")).json["result"]["tools"]
        assert [each["name"] for each in tools] == ["git__new"]


async def test_a_list_that_cannot_be_renewed_is_shown_as_it_was_for_a_while():
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        await gate.modern("tools/list")
        listing = gate.lane._upstreams["git"].memory.listings["tools"]
        played.down = True
        listing.fresh_until -= 120
        for _ in range(2):
            assert len((await gate.modern("tools/list")).json["result"]["tools"]) == 1
        listing.fresh_until -= 3600
        assert (await gate.modern("tools/list")).json["result"]["tools"] == []


async def test_a_server_that_hangs_holds_nobody_up_for_long():
    class Hanging(ModernServer):
        def answer(self, sent: Sent) -> Played:
            return Played(200, events=[], hang=True)

    times = ServerTimeouts(list=Duration(0.2), greet=Duration(3))
    hanging = Hanging(settings=Server(url="http://hanging/mcp", timeouts=times))
    async with gateway({"hanging": hanging, "git": ModernServer()}) as gate:
        result = (await gate.modern("tools/list")).json["result"]
        assert [each["name"] for each in result["tools"]] == ["git__echo"]
        assert result["_meta"]["io.trigate/unavailable"] == ["hanging"]
        gate.lane._upstreams["hanging"]._greet.expire()
        await asyncio.sleep(0.05)


async def test_a_resource_of_two_servers_belongs_to_the_first_and_the_clash_is_named():
    first, second = ModernServer(), ModernServer()
    async with gateway({"b": first, "a": second}) as gate:
        result = (await gate.modern("resources/list")).json["result"]
        assert [each["uri"] for each in result["resources"]] == ["file:///a"]
        assert result["_meta"]["io.trigate/clashes"] == {"file:///a": ["b", "a"]}
        await gate.modern("resources/read", {"uri": "file:///a"})
        assert (len(first.calls("resources/read")), len(second.calls("resources/read"))) == (1, 0)


async def test_a_template_leads_to_its_server():
    first, second = ModernServer(), ModernServer()
    first.resources = second.resources = []
    second.templates = [{"uriTemplate": "db://{table}/{id}", "name": "row"}]
    async with gateway({"a": first, "b": second}) as gate:
        templates = (await gate.modern("resources/templates/list")).json["result"]["resourceTemplates"]
        assert templates == second.templates
        assert "result" in (await gate.modern("resources/read", {"uri": "db://users/1"})).json
        assert (await gate.modern("resources/read", {"uri": "db:users"})).json["error"]["code"] == -32602
        assert second.calls("resources/read")
        assert not first.calls("resources/read")
        assert gate.lane._catalogue.is_known(gate.lane._places[b"/mcp"][0], KINDS["resources/list"])


async def test_a_broken_tool_costs_only_itself():
    tools: list[Any] = [tool("a"), {"description": "no name"}, 5, {"name": 7}, None, tool("a"), tool("b")]
    async with gateway({"git": ModernServer(tools=tools)}) as gate:
        listed = (await gate.modern("tools/list")).json["result"]["tools"]
        assert [each["name"] for each in listed] == ["git__a", "git__b"]


async def test_pages_are_fetched_whole_and_endless_ones_end():
    class Paged(ModernServer):
        def list_or_call(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
            if method != "tools/list":
                return super().list_or_call(method, params)
            page = int(params.get("cursor", "0"))
            return {"tools": [tool(f"t{page}")], "nextCursor": str(page + 1)}

    played = Paged()
    async with gateway({"git": played}) as gate:
        assert len((await gate.modern("tools/list")).json["result"]["tools"]) == 100
        assert len(played.calls("tools/list")) == 100


async def test_a_list_that_is_none_is_a_failure_of_its_server_alone():
    class Odd(ModernServer):
        def list_or_call(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
            return {"tools": "x"} if method == "tools/list" else super().list_or_call(method, params)

    async with gateway({"odd": Odd(), "git": ModernServer()}) as gate:
        result = (await gate.modern("tools/list")).json["result"]
        assert [each["name"] for each in result["tools"]] == ["git__echo"]
        assert result["_meta"]["io.trigate/unavailable"] == ["odd"]


async def test_a_server_without_a_kind_is_not_asked_for_it():
    class Toolless(LegacyServer):
        def answer(self, sent: Sent) -> Played:
            played = super().answer(sent)
            if sent.body and sent.body.get("method") == "initialize":
                played.body["result"]["capabilities"] = {"tools": {}}
            return played

    played = Toolless()
    async with gateway({"old": played}) as gate:
        result = (await gate.modern("prompts/list")).json["result"]
        assert result["prompts"] == []
        assert "io.trigate/unavailable" not in result["_meta"]
        assert not played.calls("prompts/list")


async def test_an_older_caller_gets_tools_it_can_read():
    shown = {**tool("a"), "outputSchema": {"type": "array"}, "icons": []}
    async with gateway({"git": ModernServer(tools=[shown])}) as gate:
        newer = (await gate.modern("tools/list")).json["result"]["tools"][0]
        assert newer == {**shown, "name": "git__a"}
        older = (await gate.legacy(await gate.initialize("2025-06-18"), "tools/list")).json["result"]["tools"][0]
        assert older == {**tool("a"), "name": "git__a"}
