"""Asks in Bedrock's words; that nothing is lost between the two, `test_ask_writer` shows."""

from typing import Any

import pytest

from tests.llm.dialects.bedrock_converse.scene import read
from trigate.llm.conversation import Cache, OutputForm, Reasoning, Tool, ToolCall, ToolChoice
from trigate.llm.dialects.bedrock_converse.block_writer import BlockWriter
from trigate.llm.error import InvalidParameter
from trigate.llm.loss import Losses


def test_results_have_a_turn_of_their_own():
    result = {"toolResult": {"toolUseId": "c", "content": []}}
    turns = read({"messages": [{"role": "user", "content": [result, {"text": "Go on."}]}]}).turns
    assert [(each.role, each.continues) for each in turns] == [("tool", False), ("user", True)]


def test_a_call_gets_the_signature_back_that_came_beside_it():
    signed = ToolCall(id="c", name="f", arguments="{}", signature="x", maker="google")
    content = BlockWriter("gemini_content", Losses()).write([signed])
    assert [list(each) for each in content] == [["reasoningContent"], ["toolUse"]]
    (turn,) = read({"messages": [{"role": "assistant", "content": content}]}).turns
    assert turn.parts == [signed]


def test_a_point_among_the_tools_marks_the_one_before_it():
    spec = {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}
    (tool,) = read(
        {"messages": [], "toolConfig": {"tools": [spec, {"cachePoint": {"type": "default", "ttl": "5m"}}]}}
    ).tools
    assert tool == Tool(name="f", schema={"type": "object"}, cache=Cache("5m"))


@pytest.mark.parametrize(
    ("written", "choice"),
    [
        ({"auto": {}}, ToolChoice("auto")),
        ({"any": {}}, ToolChoice("required")),
        ({"tool": {"name": "f"}}, ToolChoice("one", "f")),
        ({"futureMode": {}}, ToolChoice("auto", "", {"futureMode": {}})),
    ],
)
def test_the_choice_of_tools_is_understood(written: dict[str, Any], choice: ToolChoice):
    assert read({"messages": [], "toolConfig": {"toolChoice": written}}).tool_choice == choice


@pytest.mark.parametrize(
    ("body", "reasoning"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, Reasoning(enabled=True, budget=2048)),
        ({"thinking": {"type": "disabled"}}, Reasoning(enabled=False)),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, Reasoning(enabled=True, budget=-1, shown=False)),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 9, "x": 1}},
            Reasoning(enabled=True, budget=9, extra={"x": 1}),
        ),
        ({"thinking": "hard"}, None),
    ],
)
def test_claudes_thinking_is_understood(body: dict[str, Any], reasoning: Reasoning | None):
    assert read({"messages": [], "additionalModelRequestFields": body}).reasoning == reasoning


def test_a_schema_is_read_from_its_text():
    schema = {"schema": '{"type":"object"}', "name": "n", "description": "d"}
    form = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    found = read({"messages": [], "outputConfig": {"textFormat": form, "effort": "low"}})
    assert found.output == OutputForm(schema={"type": "object"}, name="n", description="d")
    assert found.reasoning == Reasoning(effort="low", enabled=True)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"messages": {}}, "messages"),
        ({"messages": [{"role": "judge"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"text": "a"}, {"text": 1}]}]}, "messages[0].content[1].text"),
        ({"system": "Be brief."}, "system"),
        ({"toolConfig": {"tools": [{"toolSpec": {}}]}}, "toolConfig.tools[0].toolSpec.name"),
        ({"inferenceConfig": {"maxTokens": "5"}}, "inferenceConfig.maxTokens"),
        ({"outputConfig": {"textFormat": {}}}, "outputConfig.textFormat.structure"),
        (
            {"outputConfig": {"textFormat": {"structure": {"jsonSchema": {"schema": "{"}}}}},
            "outputConfig.textFormat.structure.jsonSchema.schema",
        ),
        ({"requestMetadata": []}, "requestMetadata"),
    ],
)
def test_what_is_wrong_is_told_by_its_path(body: dict[str, Any], path: str):
    with pytest.raises(InvalidParameter) as caught:
        read(body)
    assert caught.value.param == path
