"""Tools and the choice among them, read."""

from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import read
from trigate.llm.conversation import Cache, Opaque, Tool, ToolChoice
from trigate.llm.error import InvalidParameter

FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}


def test_a_function_and_a_plain_tool():
    tools = read(
        tools=[
            {"type": "function", "function": FUNCTION, "cache_control": {"type": "ephemeral"}},
            {"type": "custom", "custom": {"name": "c", "format": {"type": "text"}}},
            {"type": "web_search"},
        ]
    ).tools
    first, second, third = tools
    assert isinstance(first, Tool)
    assert (first.name, first.description, first.schema, first.strict) == ("f", "d", {"type": "object"}, True)
    assert first.cache == Cache()
    assert isinstance(second, Tool)
    assert (second.custom, second.extra) == (True, {"custom": {"format": {"type": "text"}}})
    assert third == Opaque(dialect="openai_chat", kind="web_search", value={"type": "web_search"})


def test_functions_are_tools_in_older_words():
    conversation = read(functions=[FUNCTION], function_call={"name": "f"})
    assert [each.name for each in conversation.tools if isinstance(each, Tool)] == ["f"]
    assert conversation.tool_choice == ToolChoice("one", "f")
    assert read(functions=[FUNCTION], function_call="none").tool_choice == ToolChoice("none")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", ToolChoice("auto")),
        ("required", ToolChoice("required")),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice("one", "f")),
        ({"type": "custom", "custom": {"name": "f", "x": 1}}, ToolChoice("one", "f", {"custom": {"x": 1}})),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": []}},
            ToolChoice("required", extra={"allowed_tools": {"mode": "required", "tools": []}}),
        ),
    ],
)
def test_each_choice_is_understood(choice: Any, expected: ToolChoice):
    assert read(tools=[{"type": "function", "function": FUNCTION}], tool_choice=choice).tool_choice == expected


@pytest.mark.parametrize(
    "members", [{"tool_choice": "any"}, {"tool_choice": {"type": "function"}}, {"function_call": "x"}]
)
def test_a_choice_that_makes_no_sense_is_refused(members: dict[str, Any]):
    with pytest.raises(InvalidParameter):
        read(**members)
