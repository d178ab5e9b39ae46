"""Tools shown otherwise than their server shows them."""

import json
from typing import Any

import pytest
from msgspec import Raw

from tests.mcp.servers import ERAS, FakeServer, ModernServer
from tests.mcp.stage import gateway
from trigate.mcp.fault import Fault
from trigate.mcp.settings import Endpoint, Server
from trigate.mcp.shape import Shape
from trigate.mcp.tool_settings import Argument, Tool

SEARCH: dict[str, Any] = {
    "name": "search",
    "title": "Search",
    "description": "finds things",
    "inputSchema": {
        "type": "object",
        "properties": {
            "query": {"type": "string"},
            "limit": {"type": "integer", "description": "how many"},
            "tenant": {"type": "string", "x-mcp-header": "Tenant"},
            "options": {"type": "object", "properties": {"deep": {"type": "boolean"}}, "required": ["deep"]},
        },
        "required": ["query", "limit", "tenant"],
        "additionalProperties": False,
    },
    "x-unknown": [1.50],
}
SHAPED = Tool(
    rename="find",
    description="finds our things",
    arguments={
        "tenant": Argument(fixed="acme"),
        "limit": Argument(default=5, description="at most"),
        "options.deep": Argument(hide=True),
    },
)


def server(tools: dict[str, Tool]) -> Server:
    return Server(url="http://web/mcp", tools=tools)


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


def filled(tool: Tool, arguments: Any) -> Any:
    return json.loads(bytes(Shape(tool).fill(None if arguments is None else raw(arguments))))


@pytest.mark.parametrize("era", ERAS)
async def test_a_tool_is_shown_as_configured(era: str):
    played: FakeServer = ERAS[era](tools=[SEARCH], settings=server({"search": SHAPED}))
    async with gateway({"web": played}) as gate:
        (shown,) = (await gate.modern("tools/list")).json["result"]["tools"]
        schema = shown["inputSchema"]
        assert (shown["name"], shown["title"], shown["description"]) == ("web__find", "Search", "finds our things")
        assert list(schema["properties"]) == ["query", "limit", "options"]
        assert schema["properties"]["limit"] == {"type": "integer", "description": "at most", "default": 5}
        assert schema["properties"]["options"] == {"type": "object", "properties": {}}
        assert schema["required"] == ["query"]
        assert shown["x-unknown"] == [1.5]


@pytest.mark.parametrize("era", ERAS)
async def test_the_server_gets_its_own_name_and_the_whole_of_the_arguments(era: str):
    played: FakeServer = ERAS[era](tools=[SEARCH], settings=server({"search": SHAPED}))
    async with gateway({"web": played}) as gate:
        for _ in range(4):
            given = {"query": "x", "tenant": "other", "options": {"deep": True}}
            arguments = {"query": "x", "options": {}}
            answer = await gate.modern("tools/call", {"name": "web__find", "arguments": given})
            assert answer.json["result"]["isError"], "the schema of the server wants what is hidden here"
            answer = await gate.modern("tools/call", {"name": "web__find", "arguments": {"query": "x"}})
            assert "isError" not in answer.json["result"]
            sent = played.calls("tools/call")[-1]
            assert sent.body["params"]["name"] == "search"
            assert sent.body["params"]["arguments"] == {"query": "x", "tenant": "acme", "limit": 5}
            assert sent.fields.get("mcp-param-tenant") == ("acme" if era == "modern" else None)
            record = gate.records[-1]
            assert (record["resource"], record["outcome"]) == ("server/web/tool/search", "ok")
            assert arguments


async def test_the_servers_own_name_is_not_another_way_to_a_renamed_tool():
    played = ModernServer(tools=[SEARCH], settings=server({"search": SHAPED}))
    async with gateway({"web": played}) as gate:
        answer = await gate.modern("tools/call", {"name": "web__search", "arguments": {"query": "x"}})
        assert answer.json["error"]["message"] == "unknown tool: web__search"


async def test_an_endpoint_has_the_last_word():
    endpoints = {
        "e": Endpoint(
            servers=("web",),
            tools={"web/search": Tool(rename="look", arguments={"limit": Argument(fixed=1)})},
        )
    }
    played = ModernServer(tools=[SEARCH], settings=server({"search": SHAPED}))
    async with gateway({"web": played}, endpoints=endpoints) as gate:
        (shown,) = (await gate.modern("tools/list", path="/mcp/e")).json["result"]["tools"]
        assert (shown["name"], shown["description"]) == ("web__look", "finds our things")
        assert list(shown["inputSchema"]["properties"]) == ["query", "options"]
        call = {"name": "web__look", "arguments": {"query": "x", "limit": 99}}
        assert "isError" not in (await gate.modern("tools/call", call, path="/mcp/e")).json["result"]
        sent = played.calls("tools/call")[-1].body["params"]["arguments"]
        assert sent == {"query": "x", "limit": 1, "tenant": "acme"}


async def test_a_tool_whose_name_was_given_away_is_still_there():
    tools = [{"name": name, "inputSchema": {"type": "object"}} for name in ("search", "find")]
    played = ModernServer(tools=tools, settings=server({"search": Tool(rename="find")}))
    async with gateway({"web": played}) as gate:
        listed = (await gate.modern("tools/list")).json["result"]["tools"]
        first, second = (each["name"] for each in listed)
        assert first == "web__find"
        assert second.startswith("web__find_")
        for shown, own in ((first, "search"), (second, "find")):
            await gate.modern("tools/call", {"name": shown, "arguments": {}})
            assert played.calls("tools/call")[-1].body["params"]["name"] == own


@pytest.mark.parametrize(
    ("argument", "path", "given", "expected"),
    [
        (Argument(fixed=1), "a", None, {"a": 1}),
        (Argument(fixed=1), "a", {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        (Argument(fixed={"x": []}), "a", {}, {"a": {"x": []}}),
        (Argument(fixed=False), "a.b", {}, {"a": {"b": False}}),
        (Argument(fixed=1), "a.b", {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}),
        (Argument(default=1), "a", {}, {"a": 1}),
        (Argument(default=1), "a", {"a": None}, {"a": None}),
        (Argument(default=1), "a.b", {}, {}),
        (Argument(default=1), "a.b", {"a": {}}, {"a": {"b": 1}}),
        (Argument(hide=True), "a", {"a": 1, "b": 2}, {"b": 2}),
        (Argument(hide=True), "a.b", {"a": {"b": 1}}, {"a": {}}),
        (Argument(hide=True), "a.b", {}, {}),
        (Argument(description="x"), "a", {"a": 1}, {"a": 1}),
    ],
)
def test_arguments_are_completed(argument: Argument, path: str, given: Any, expected: Any):
    assert filled(Tool(arguments={path: argument}), given) == expected


def test_what_is_not_touched_stays_the_bytes_it_was():
    shape = Shape(Tool(arguments={"a": Argument(fixed=1)}))
    found = bytes(shape.fill(Raw(b'{"b": 1.50, "c": 12345678901234567890123}')))
    assert b"1.50" in found
    assert b"12345678901234567890123" in found


@pytest.mark.parametrize("given", [5, [1], "x", {"a": 5}, {"a": [1]}])
def test_arguments_that_are_no_objects_are_refused(given: Any):
    with pytest.raises(Fault, match="must be an object"):
        Shape(Tool(arguments={"a.b": Argument(fixed=1)})).fill(raw(given))


def test_an_argument_that_came_twice_is_refused():
    with pytest.raises(Fault, match="twice"):
        Shape(Tool(arguments={"a": Argument(fixed=1)})).fill(Raw(b'{"a":2,"a":3}'))


@pytest.mark.parametrize("schema", [None, 5, [], {}, {"properties": []}, {"properties": {"a": 5}, "required": "a"}])
def test_an_odd_schema_is_left_as_it_is(schema: Any):
    tool = Tool(arguments={"a": Argument(default=1, description="x"), "b.c": Argument(fixed=1)})
    found = Shape(tool).define({"inputSchema": raw(schema)})
    assert json.loads(bytes(found["inputSchema"])) == schema
