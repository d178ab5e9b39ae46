"""Tools get no arguments that their schemas refuse, and callers are told what is wrong where a model reads it."""

from typing import Any

import pytest

from tests.mcp.servers import ERAS, FakeServer, LegacyServer, ModernServer
from tests.mcp.stage import Gateway, gateway
from trigate.core.settings import Duration
from trigate.mcp.settings import Server
from trigate.policy.access import Access
from trigate.policy.rule import Rule

ADD: dict[str, Any] = {
    "name": "add",
    "inputSchema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    "outputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}
GOOD, BAD = {"name": "math__add", "arguments": {"n": 1}}, {"name": "math__add", "arguments": {"n": "canary"}}


def settings(**more: Any) -> Server:
    return Server(url="http://math/mcp", **more)


async def warm(gate: Gateway) -> None:
    for _ in range(3):
        answer = await gate.modern("tools/call", GOOD)
        assert "isError" not in answer.json["result"]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("calls_before", [False, True])
async def test_arguments_that_do_not_fit_never_reach_the_server(era: str, calls_before: bool):
    server: FakeServer = ERAS[era](tools=[ADD])
    async with gateway({"math": server}) as gate:
        if calls_before:
            await warm(gate)
        server.seen.clear()
        answer = await gate.modern("tools/call", BAD)
        result = answer.json["result"]
        assert (answer.status, result["isError"], result["resultType"]) == (200, True, "complete")
        assert "/n: " in result["content"][0]["text"]
        assert "canary" not in answer.body.decode()
        assert server.calls("tools/call") == []
        record = gate.records[-1]
        assert (record["outcome"], record["target"]) == ("mcp.bad_arguments", "math")


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26"])
async def test_callers_of_the_older_protocol_are_told_in_the_way_of_their_revision(version: str):
    async with gateway({"math": LegacyServer(tools=[ADD])}) as gate:
        session = await gate.initialize(version)
        answer = await gate.legacy(session, "tools/call", BAD)
        assert answer.status == 200
        if version == "2025-11-25":
            assert answer.json["result"]["isError"] is True
            assert "resultType" not in answer.json["result"]
        else:
            assert answer.json["error"]["code"] == -32602


async def test_a_call_without_arguments_is_checked_too():
    async with gateway({"math": ModernServer(tools=[ADD])}) as gate:
        answer = await gate.modern("tools/call", {"name": "math__add"})
        assert '"n" is a required property' in answer.json["result"]["content"][0]["text"]


async def test_nothing_is_checked_where_the_configuration_says_so():
    server = ModernServer(tools=[ADD], settings=settings(check="off"))
    async with gateway({"math": server}) as gate:
        await warm(gate)
        assert "isError" not in (await gate.modern("tools/call", BAD)).json["result"]
        assert len(server.calls("tools/call")) == 4


async def test_a_server_whose_list_cannot_be_had_is_called_all_the_same():
    server = ModernServer(tools=[ADD])

    def answer(sent: Any) -> Any:
        played = ModernServer.answer(server, sent)
        if sent.body["method"] == "tools/list":
            played.status, played.body = 500, b""
        return played

    server.answer = answer
    async with gateway({"math": server}) as gate:
        assert "result" in (await gate.modern("tools/call", BAD)).json


async def test_a_tool_that_has_changed_is_asked_for_its_schema_again():
    server = ModernServer(tools=[ADD])
    async with gateway({"math": server}) as gate:
        await warm(gate)
        server.tools = [ADD | {"inputSchema": {"type": "object"}}]
        assert (await gate.modern("tools/call", BAD)).json["result"]["isError"]
        gate.lane._upstreams["math"].memory.listings["tools"].fresh_until = 0.0
        assert "isError" not in (await gate.modern("tools/call", BAD)).json["result"]


@pytest.mark.parametrize("schema", [{"type": "objct"}, {"pattern": "("}])
async def test_a_bad_schema_costs_only_the_check(schema: dict[str, Any]):
    async with gateway({"math": ModernServer(tools=[ADD | {"inputSchema": schema}])}) as gate:
        for _ in range(4):
            assert "isError" not in (await gate.modern("tools/call", BAD)).json["result"]


async def test_a_schema_in_another_document_is_not_taken_for_permission():
    server = ModernServer(tools=[ADD | {"inputSchema": {"$ref": "http://elsewhere.example/x"}}])
    async with gateway({"math": server}) as gate:
        for _ in range(4):
            answer = await gate.modern("tools/call", GOOD)
            assert "another document" in answer.json["result"]["content"][0]["text"]
        assert server.calls("tools/call") == []
        assert {each.method for each in gate.client.sent} == {"POST"}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("structured", [{"text": 5}, {}, None, [1]])
async def test_a_structured_result_that_breaks_its_promise_is_an_error(era: str, structured: Any):
    server: FakeServer = ERAS[era](tools=[ADD], settings=settings(check="all", ttl=Duration(60)))
    async with gateway({"math": server}) as gate:
        await warm(gate)
        server.result = {"content": []} | ({} if structured is None else {"structuredContent": structured})
        answer = await gate.modern("tools/call", GOOD)
        assert "structured result" in answer.json["error"]["message"]
        assert gate.records[-1]["outcome"] == "mcp.bad_structure"
        server.result = {"content": [], "isError": True}
        assert (await gate.modern("tools/call", GOOD)).json["result"]["isError"]


async def test_who_may_not_call_a_tool_learns_nothing_of_its_schema():
    access = Access([Rule(deny=("mcp.tools.call server/math/*",))], "allow")
    async with gateway({"math": ModernServer(tools=[ADD])}, access=access) as gate:
        answer = await gate.modern("tools/call", BAD)
        assert answer.status == 403
        assert "/n" not in answer.body.decode()
