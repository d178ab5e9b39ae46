"""Asks in Gemini's words; that nothing is lost between the two, `test_ask_writer` shows."""

from typing import Any

import pytest

from tests.llm.dialects.gemini_content.scene import read
from trigate.llm.conversation import Opaque, Text, Tool, ToolResult
from trigate.llm.error import InvalidParameter


def test_results_have_a_turn_of_their_own():
    response = {"functionResponse": {"name": "f", "response": {"output": "a"}}}
    turns = read({"contents": [{"role": "user", "parts": [response, {"text": "Go on."}]}]}).turns
    assert [(each.role, each.continues) for each in turns] == [("tool", False), ("user", True)]
    assert isinstance(turns[0].parts[0], ToolResult)


def test_the_system_comes_first():
    turns = read({"contents": [], "systemInstruction": {"parts": [{"text": "Be brief."}]}}).turns
    assert turns[0].role == "system"
    assert turns[0].parts == [Text(text="Be brief.")]


def test_googles_schema_is_read_as_json_schema():
    tools = [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT"}}], "googleSearch": {}}]
    function, search = read({"contents": [], "tools": tools}).tools
    assert isinstance(function, Tool)
    assert function.schema == {"type": "object"}
    assert isinstance(search, Opaque)
    assert search.kind == "googleSearch"


@pytest.mark.parametrize(
    ("calling", "mode", "name", "extra"),
    [
        ({"mode": "AUTO"}, "auto", "", {}),
        ({"mode": "NONE"}, "none", "", {}),
        ({"mode": "ANY"}, "required", "", {}),
        ({"mode": "ANY", "allowedFunctionNames": ["f"]}, "one", "f", {}),
        ({"mode": "ANY", "allowedFunctionNames": ["f", "g"]}, "required", "", {"allowedFunctionNames": ["f", "g"]}),
        ({"mode": "VALIDATED"}, "auto", "", {"mode": "VALIDATED"}),
        ({"mode": "TOMORROW"}, "auto", "", {"mode": "TOMORROW"}),
    ],
)
def test_the_choice_of_tools_is_understood(calling: dict[str, Any], mode: str, name: str, extra: dict[str, Any]):
    choice = read({"contents": [], "toolConfig": {"functionCallingConfig": calling}}).tool_choice
    assert choice is not None
    assert (choice.mode, choice.name, choice.extra) == (mode, name, extra)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"contents": 5}, "contents"),
        ({"contents": ["a"]}, "contents[0]"),
        ({"contents": [{"role": 1}]}, "contents[0].role"),
        ({"contents": [{"parts": [{"text": "a"}, {"text": []}]}]}, "contents[0].parts[1].text"),
        ({"contents": [], "systemInstruction": "Be brief."}, "systemInstruction"),
        ({"contents": [], "tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
        (
            {
                "contents": [],
                "tools": [{"functionDeclarations": [{"name": "f", "parameters": {}, "parametersJsonSchema": {}}]}],
            },
            "tools[0].functionDeclarations[0].parameters",
        ),
        (
            {"contents": [], "toolConfig": {"functionCallingConfig": {"mode": 1}}},
            "toolConfig.functionCallingConfig.mode",
        ),
        ({"contents": [], "generationConfig": {"topP": "1"}}, "generationConfig.topP"),
    ],
)
def test_what_is_wrong_is_told_by_its_path(body: dict[str, Any], path: str):
    with pytest.raises(InvalidParameter) as caught:
        read(body)
    assert caught.value.param == path
