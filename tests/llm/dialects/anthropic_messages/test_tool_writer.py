"""Tools of other dialects, and the choice among them."""

from typing import Any

import pytest

from tests.llm.dialects.anthropic_messages.scene import talk, write
from trigate.llm.conversation import Cache, Opaque, Tool, ToolChoice

LOOK = Tool(name="look", schema={"type": "object", "properties": {"at": {"type": "string"}}})


def test_a_tool_says_all_it_can() -> None:
    tool = Tool(name="n", description="d", strict=True, schema={"properties": {}}, cache=Cache("1h"), extra={"x": 1})
    body, losses = write(talk(tools=[tool]))
    assert body["tools"] == [
        {
            "name": "n",
            "input_schema": {"type": "object", "properties": {}},
            "description": "d",
            "strict": True,
            "cache_control": {"type": "ephemeral", "ttl": "1h"},
        }
    ]
    assert losses == [("tools.function.x", "dropped", "")]


def test_a_tool_without_arguments_takes_an_empty_object() -> None:
    assert write(talk(tools=[Tool(name="n")]))[0]["tools"][0]["input_schema"] == {"type": "object", "properties": {}}


def test_a_tool_that_takes_a_text_takes_it_as_an_argument() -> None:
    body, losses = write(talk(tools=[Tool(name="n", custom=True)]))
    assert body["tools"][0]["input_schema"]["required"] == ["input"]
    assert losses[0][:2] == ("tools.function.custom", "degraded")


def test_a_tool_of_another_providers_own_is_dropped() -> None:
    body, losses = write(talk(tools=[Opaque(dialect="openai_chat", kind="search", value={})]))
    assert "tools" not in body
    assert losses == [("tools.function", "dropped", "a tool of the provider's own: search")]


@pytest.mark.parametrize(
    ("choice", "parallel", "written"),
    [
        (None, None, None),
        (None, True, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice("auto"), None, {"type": "auto"}),
        (ToolChoice("required"), False, {"type": "any", "disable_parallel_tool_use": True}),
        (ToolChoice("one", "look"), True, {"type": "tool", "name": "look"}),
        (ToolChoice("none"), False, {"type": "none"}),
    ],
)
def test_the_choice_is_told(choice: ToolChoice | None, parallel: bool | None, written: Any) -> None:
    body, losses = write(talk(tools=[LOOK], tool_choice=choice, parallel=parallel))
    assert body.get("tool_choice") == written
    assert losses == []


def test_there_is_no_choice_without_tools() -> None:
    body, losses = write(talk(tool_choice=ToolChoice("required", extra={"x": 1})))
    assert "tool_choice" not in body
    assert losses == [("tool_choice.x", "dropped", "")]
