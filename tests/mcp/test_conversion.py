"""Results as each revision reads them."""

import json
from typing import Any

import pytest
from msgspec import Raw

from trigate.mcp.ask import Ask, Meta
from trigate.mcp.conversion import error_number, legacy_result, legacy_tool, modern_result, result
from trigate.mcp.envelope import members
from trigate.mcp.view import View

LINK = {"type": "resource_link", "uri": "file:///a", "name": "a"}
AUDIO = {"type": "audio", "data": "", "mimeType": "audio/wav"}
NOVEL = {"type": "novel"}


def convert(found: dict[str, Any], version: str, method: str = "tools/call") -> dict[str, Any]:
    return json.loads(legacy_result(method, members(json.dumps(found).encode()), version))


@pytest.mark.parametrize(
    ("version", "kinds"),
    [
        ("2024-11-05", ["text", "text", "novel"]),
        ("2025-03-26", ["text", "audio", "novel"]),
        ("2025-06-18", ["resource_link", "audio", "novel"]),
        ("2025-11-25", ["resource_link", "audio", "novel"]),
    ],
)
def test_content_a_revision_does_not_know_becomes_text(version: str, kinds: list[str]):
    found = convert({"content": [LINK, AUDIO, NOVEL]}, version)["content"]
    assert [each["type"] for each in found] == kinds
    if version < "2025-06-18":
        assert "file:///a" in found[0]["text"]
        prompt = convert({"messages": [{"role": "user", "content": LINK}, 5]}, version, "prompts/get")
        assert prompt["messages"][0]["content"]["type"] == "text"


@pytest.mark.parametrize(("structured", "kept"), [({"a": 1}, True), ([1], False), (5, False), (None, False)])
def test_structured_content_that_is_no_object_is_left_to_the_text(structured: Any, kept: bool):
    found = convert({"content": [], "structuredContent": structured}, "2025-11-25")
    assert ("structuredContent" in found) is kept
    assert "structuredContent" not in convert({"structuredContent": {"a": 1}}, "2025-03-26")


def test_what_is_for_one_hop_goes_and_the_rest_stays():
    meta = {"io.modelcontextprotocol/serverInfo": {}, "dev.mcp/x": 1, "com.example/x": 2, "traceparent": "t"}
    found = convert({"resultType": "complete", "ttlMs": 1, "cacheScope": "public", "_meta": meta, "x": 1}, "2025-11-25")
    assert found == {"_meta": {"com.example/x": 2, "traceparent": "t"}, "x": 1}
    assert convert({"_meta": {"io.modelcontextprotocol/x": 1}}, "2025-11-25") == {}


def test_a_modern_result_says_what_it_must():
    found = json.loads(modern_result("resources/read", {"contents": Raw(b"[]"), "_meta": Raw(b'{"a/b":1}')}))
    assert (found["resultType"], found["ttlMs"], found["cacheScope"]) == ("complete", 0, "private")
    assert found["_meta"]["a/b"] == 1
    assert "ttlMs" not in json.loads(modern_result("tools/call", {}))
    assert json.loads(modern_result("tools/call", {"_meta": Raw(b"5")}))["_meta"].keys() == {
        "io.modelcontextprotocol/serverInfo"
    }


TOOL = {
    "name": "t", "title": "T", "icons": [], "annotations": {}, "execution": {}, "inputSchema": {"$defs": {}},
    "outputSchema": {"type": "object"}, "_meta": {}, "future": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("version", "dropped"),
    [
        ("2025-11-25", {"execution"}),
        ("2025-06-18", {"icons", "execution"}),
        ("2025-03-26", {"icons", "execution", "title", "outputSchema", "_meta"}),
        ("2024-11-05", {"icons", "execution", "title", "outputSchema", "_meta", "annotations"}),
    ],
)
def test_a_tool_loses_what_the_revision_does_not_know(version: str, dropped: set[str]):
    assert TOOL.keys() - legacy_tool(members(json.dumps(TOOL).encode()), version).keys() == dropped


@pytest.mark.parametrize("schema", [b'{"type":"array"}', b"{}", b"true", b'{"type":["object"]}'])
def test_an_output_schema_that_is_no_object_costs_only_itself(schema: bytes):
    assert legacy_tool({"name": Raw(b'"t"'), "outputSchema": Raw(schema)}, "2025-11-25").keys() == {"name"}


CAPABILITIES = [
    (b"{}", {"sampling": {}}, -32021),
    (b'{"elicitation":{"form":{}}}', {"elicitation": {"url": {}}}, -32021),
    (b'{"sampling":{}}', {"sampling": {}}, -32603),
    (b'{"elicitation":{"url":{}}}', {"elicitation": {"url": {}}}, -32603),
    (b"{}", {}, -32603),
    (b"{}", None, -32603),
]


@pytest.mark.parametrize(("declared", "required", "expected"), CAPABILITIES)
def test_a_capability_that_the_caller_lacks_as_well_is_named_to_it(declared: bytes, required: Any, expected: int):
    ask = Ask(View("", ()), era="modern", name="tools/call", meta=Meta(capabilities=Raw(declared)))
    error = json.dumps({"code": -32021, "message": "no", "data": {"requiredCapabilities": required}}).encode()
    assert error_number(ask, -32021, error) == expected
    assert error_number(ask, -32021, b'{"code":-32021}') == -32603
    ask.era = "legacy"
    assert error_number(ask, -32021, error) == -32603


@pytest.mark.parametrize(
    ("era", "method", "given", "expected"),
    [
        ("modern", "resources/read", -32002, -32602),
        ("modern", "resources/read", -32602, -32602),
        ("legacy", "resources/read", -32602, -32002),
        ("legacy", "tools/call", -32602, -32602),
        ("legacy", "tools/call", -32020, -32603),
        ("modern", "tools/call", -32021, -32603),
        ("modern", "tools/call", 1234, 1234),
    ],
)
def test_codes_are_those_of_the_callers_era(era: Any, method: str, given: int, expected: int):
    ask = Ask(View("", ()), era=era, name=method)
    assert error_number(ask, given) == expected
    assert json.loads(result(ask, {})).get("resultType") == ("complete" if era == "modern" else None)
