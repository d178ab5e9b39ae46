"""Tools of another dialect, written."""

from typing import Any

import pytest

from tests.llm.dialects.cohere_chat.scene import asked, said, write
from trigate.llm.conversation import Cache, Opaque, Text, Tool, ToolChoice

TURN = said(Text(text="Hi"))
STRICT = Tool(name="f", schema={"type": "object"}, strict=True)
LOOSE = Tool(name="g")


def test_a_tool_has_parameters_even_if_it_takes_none():
    body, _ = write(asked(TURN, tools=[LOOSE]))
    assert body["tools"][0]["function"] == {"name": "g", "parameters": {"type": "object", "properties": {}}}


@pytest.mark.parametrize(
    ("tools", "strict", "losses"),
    [([STRICT], True, []), ([STRICT, LOOSE], None, [("tools.strict", "dropped")]), ([LOOSE], None, [])],
)
def test_all_tools_are_strict_or_none_is(tools: list[Any], strict: bool | None, losses: list[tuple[str, str]]):
    body, found = write(asked(TURN, tools=tools))
    assert body.get("strict_tools") == strict
    assert found == losses


@pytest.mark.parametrize(
    ("choice", "written"),
    [(ToolChoice("auto"), None), (ToolChoice("none"), "NONE"), (ToolChoice("required"), "REQUIRED")],
)
def test_each_choice_has_its_word(choice: ToolChoice, written: str | None):
    assert write(asked(TURN, tools=[LOOSE], tool_choice=choice))[0].get("tool_choice") == written
    assert "tool_choice" not in write(asked(TURN, tool_choice=choice))[0]


def test_one_tool_is_forced_by_showing_no_other():
    body, losses = write(asked(TURN, tools=[STRICT, LOOSE], tool_choice=ToolChoice("one", "g")))
    assert [each["function"]["name"] for each in body["tools"]] == ["g"]
    assert body["tool_choice"] == "REQUIRED"
    assert losses == [("tool_choice", "degraded")]


def test_what_has_no_form_is_lost_by_name():
    search = Opaque(dialect="anthropic_messages", kind="web_search", value={})
    custom = Tool(name="c", custom=True, cache=Cache())
    body, losses = write(asked(TURN, tools=[search, custom], parallel=False))
    assert body["tools"][0]["function"]["parameters"]["required"] == ["input"]
    assert losses == [
        ("tools.web_search", "dropped"),
        ("tools.cache_control", "dropped"),
        ("tools.custom", "degraded"),
        ("tool_choice.disable_parallel_tool_use", "dropped"),
    ]
