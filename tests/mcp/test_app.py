"""Pages of tools are found again, whoever else calls theirs the same."""

import json
from typing import Any

import pytest

from tests.mcp.servers import ModernServer
from tests.mcp.stage import Gateway, gateway
from trigate.mcp.app import is_for_apps_alone, name_server
from trigate.mcp.envelope import members

PAGE = "ui://view"
SHOWN = {"io.modelcontextprotocol/clientCapabilities": {"extensions": {"io.modelcontextprotocol/ui": {}}}}


def tool(name: str, **ui: Any) -> dict[str, Any]:
    meta = {"ui": {"resourceUri": PAGE, **ui}, "ui/resourceUri": PAGE, "other": {"kept": 1}}
    return {"name": name, "inputSchema": {"type": "object"}, "_meta": meta}


def server() -> ModernServer:
    made = ModernServer(tools=[tool("echo"), tool("refresh", visibility=["app"])])
    made.capabilities = {"extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}}}
    return made


async def tools(gate: Gateway, **more: Any) -> dict[str, Any]:
    return {each["name"]: each for each in (await gate.modern("tools/list", **more)).json["result"]["tools"]}


async def test_tools_for_pages_alone_are_listed_to_who_shows_pages_and_may_be_called_by_all():
    async with gateway({"git": server()}) as gate:
        assert set(await tools(gate)) == {"git__echo"}
        assert set(await tools(gate, meta=SHOWN)) == {"git__echo", "git__refresh"}
        called = await gate.modern("tools/call", {"name": "git__refresh", "arguments": {"text": "x"}}, meta=SHOWN)
        assert called.json["result"]["content"][0]["text"] == "x"
        session = await gate.initialize(can=SHOWN["io.modelcontextprotocol/clientCapabilities"])
        listed = (await gate.legacy(session, "tools/list")).json["result"]["tools"]
        assert len(listed) == 2


async def test_of_one_server_a_page_keeps_its_address():
    async with gateway({"git": server()}) as gate:
        meta = (await tools(gate))["git__echo"]["_meta"]
        assert meta == tool("echo")["_meta"]
        read = await gate.modern("resources/read", {"uri": PAGE}, meta=SHOWN)
        assert read.json["result"]["contents"][0]["uri"] == PAGE


async def test_of_several_servers_each_page_leads_to_its_own():
    async with gateway({"git": server(), "hub": server()}) as gate:
        found = await tools(gate)
        for name in ("git", "hub"):
            meta = found[f"{name}__echo"]["_meta"]
            address = f"trigate://{name}/{PAGE}"
            assert (meta["ui"]["resourceUri"], meta["ui/resourceUri"], meta["other"]) == (address, address, {"kept": 1})
            read = await gate.modern("resources/read", {"uri": address}, meta=SHOWN)
            assert read.json["result"]["contents"][0]["uri"] == address
            assert gate.records[-1]["target"] == name


@pytest.mark.parametrize("meta", [{}, {"ui": 5}, {"ui": {"resourceUri": 5, "visibility": "app"}}, {"build": "ui"}, 5])
def test_what_says_nothing_of_pages_stays_as_it_is(meta: object):
    found = members(json.dumps({"name": "t", "_meta": meta}).encode())
    before = dict(found)
    name_server("git", found)
    assert found == before
    assert not is_for_apps_alone(found)
