"""Values mirrored in header fields: what a field can carry, and which tools may ask for it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mcp.servers import ModernServer
from tests.mcp.stage import gateway
from trigate.mcp.fault import Fault
from trigate.mcp.mirror import BadAnnotation, check_params, decode_value, encode_value, mirrored, param_fields

SCHEMA = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "deep": {"type": "object", "properties": {"count": {"type": "integer", "x-mcp-header": "Count"}}},
        "dry": {"type": "boolean", "x-mcp-header": "Dry"},
    },
}


@given(text=st.text())
def test_any_text_survives_a_field(text: str):
    value = encode_value(text)
    assert decode_value(value) == text
    assert all(0x20 <= each <= 0x7E for each in value)
    assert value == value.strip()


def test_text_that_looks_wrapped_is_wrapped_again():
    assert decode_value(encode_value("=?base64?eA==?=")) == "=?base64?eA==?="
    assert encode_value("=?base64?eA==?=") != b"=?base64?eA==?="


@pytest.mark.parametrize("value", [b"=?base64?!?=", b"=?base64?eB==?=", b"=?base64?/w==?=", b"\xe9"])
def test_a_value_nobody_could_have_written_is_none(value: bytes):
    assert decode_value(value) is None


def test_arguments_are_found_through_properties():
    wanted = mirrored(SCHEMA)
    assert wanted == {("region",): "Region", ("deep", "count"): "Count", ("dry",): "Dry"}
    fields = param_fields(wanted, {"region": "é", "deep": {"count": 42.0}, "dry": False})
    assert sorted(fields) == [
        (b"mcp-param-count", b"42"),
        (b"mcp-param-dry", b"false"),
        (b"mcp-param-region", b"=?base64?w6k=?="),
    ]
    assert param_fields(wanted, {"region": None, "deep": 5}) == []
    assert param_fields(wanted, None) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "x-mcp-header": "A"},
        {"properties": {"a": {"type": "number", "x-mcp-header": "A"}}},
        {"properties": {"a": {"x-mcp-header": "A"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": ""}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": "A B"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": "A\r\nB"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": 5}}},
        {"properties": {"a": {"items": {"type": "string", "x-mcp-header": "A"}}}},
        {"anyOf": [{"properties": {"a": {"type": "string", "x-mcp-header": "A"}}}]},
        {"$defs": {"d": {"type": "string", "x-mcp-header": "A"}}},
        {"if": {"properties": {"a": {"type": "string", "x-mcp-header": "A"}}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": "X"}, "b": {"type": "string", "x-mcp-header": "x"}}},
    ],
)
def test_an_annotation_that_breaks_the_rules_is_refused(schema: dict[str, Any]):
    with pytest.raises(BadAnnotation):
        mirrored(schema)


def test_data_that_looks_like_an_annotation_is_not_one():
    assert mirrored({"properties": {"a": {"type": "object", "default": {"x-mcp-header": 1}}}}) == {}


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        ({"region": "eu"}, {}),
        ({"region": "eu"}, {b"mcp-param-region": b"us"}),
        ({}, {b"mcp-param-region": b"eu"}),
        ({"dry": True}, {b"mcp-param-dry": b"True"}),
        ({"deep": {"count": 42}}, {b"mcp-param-count": b"41"}),
        ({"deep": {"count": 42}}, {b"mcp-param-count": b"x"}),
    ],
)
def test_fields_that_differ_from_the_arguments_are_refused(arguments: Any, fields: dict[bytes, bytes]):
    with pytest.raises(Fault) as caught:
        check_params(mirrored(SCHEMA), arguments, fields)
    assert caught.value.number == -32020


def test_integers_agree_as_numbers():
    check_params(mirrored(SCHEMA), {"deep": {"count": 42}}, {b"mcp-param-count": b"42.0"})


async def test_a_call_repeats_its_arguments_on_both_hops():
    played = ModernServer(tools=[{"name": "run", "inputSchema": SCHEMA}])
    async with gateway({"git": played}) as gate:
        params = {"name": "git__run", "arguments": {"region": "eu"}}
        await gate.modern("tools/list")
        refused = await gate.modern("tools/call", params)
        assert (refused.status, refused.json["error"]["code"]) == (400, -32020)
        answer = await gate.modern("tools/call", params, headers={"Mcp-Param-Region": "eu"})
        assert "result" in answer.json
        session = await gate.initialize()
        assert "result" in (await gate.legacy(session, "tools/call", params)).json
        assert [each.fields["mcp-param-region"] for each in played.calls("tools/call")] == ["eu", "eu"]


async def test_a_tool_whose_annotations_are_wrong_is_not_offered():
    bad = {"name": "bad", "inputSchema": {"type": "string", "x-mcp-header": "A"}}
    async with gateway({"git": ModernServer(tools=[bad, {"name": "good", "inputSchema": {}}])}) as gate:
        tools = (await gate.modern("tools/list")).json["result"]["tools"]
        assert [each["name"] for each in tools] == ["git__good"]


async def test_a_server_that_changed_its_tools_is_asked_again():
    played = ModernServer(tools=[{"name": "run", "inputSchema": {"type": "object"}}])
    async with gateway({"git": played}) as gate:
        assert "result" in (await gate.modern("tools/call", {"name": "git__run", "arguments": {"region": "eu"}})).json
        played.tools = [{"name": "run", "inputSchema": SCHEMA}]
        plain = played.answer

        def strict(sent: Any) -> Any:
            from tests.mcp.servers import error

            if sent.body["method"] == "tools/call" and sent.fields.get("mcp-param-region") != "eu":
                return error(sent.body["id"], -32020, status=400)
            return plain(sent)

        played.answer = strict  # type: ignore[method-assign]
        answer = await gate.modern("tools/call", {"name": "git__run", "arguments": {"region": "eu"}})
        assert "result" in answer.json, json.dumps(answer.json)
        assert len(played.calls("tools/list")) == 2
