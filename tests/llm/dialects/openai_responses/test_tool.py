"""Tools and the choice among them."""

from typing import Any

import pytest

from tests.llm.dialects.openai_responses.scene import ask
from trigate.llm.conversation import Cache, Conversation, Opaque, Tool, ToolChoice
from trigate.llm.dialects.openai_responses.tool import write_choice, write_tool, write_tools
from trigate.llm.error import InvalidParameter
from trigate.llm.loss import Losses

FUNCTION = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True}


def guest(dialect: str = "openai_chat", **members: Any) -> Conversation:
    return Conversation(dialect=dialect, model="m", turns=[], **members)


def lost(losses: Losses) -> list[str]:
    return [each.field for each in losses.found()]


def test_tools_are_read_by_their_kinds() -> None:
    function, custom, hosted = ask(tools=[FUNCTION, {"type": "custom", "name": "c"}, {"type": "web_search"}]).tools
    assert function == Tool(name="f", schema={"type": "object"}, strict=True)
    assert custom == Tool(name="c", custom=True)
    assert hosted == Opaque(dialect="openai_responses", kind="web_search", value={"type": "web_search"})


def test_a_group_is_told_once() -> None:
    group = {"type": "namespace", "name": "g", "tools": [FUNCTION, {"type": "custom", "name": "c"}]}
    tools = [each for each in ask(tools=[group]).tools if isinstance(each, Tool)]
    assert [each.name for each in tools] == ["g__f", "g__c"]
    assert [write_tool(each) for each in tools] == [[group], []]


@pytest.mark.parametrize("inside", [[], [{"type": "future"}]])
def test_a_group_that_cannot_be_understood_stays_whole(inside: list[Any]) -> None:
    (tool,) = ask(tools=[{"type": "namespace", "name": "g", "tools": inside}]).tools
    assert isinstance(tool, Opaque)


def test_a_tool_of_another_dialect_is_strict_only_if_it_says_so() -> None:
    losses = Losses()
    tools: list[Tool | Opaque] = [Tool(name="f"), Tool(name="g", strict=True, cache=Cache(), extra={"x": 1})]
    first, second = write_tools(guest(tools=tools), losses)
    assert (first["strict"], second["strict"]) == (False, True)
    assert first["parameters"] == {"type": "object", "properties": {}}
    assert lost(losses) == ["tools.function.cache_control", "tools.function.x"]


def test_a_tool_that_another_provider_runs_is_dropped() -> None:
    losses = Losses()
    assert write_tools(guest(tools=[Opaque(dialect="x", kind="search", value={})]), losses) == []
    assert lost(losses) == ["tools.search"]


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ({"type": "grammar", "grammar": {"syntax": "lark", "definition": "d"}}, {"syntax": "lark", "definition": "d"}),
        ({"type": "text"}, {}),
    ],
)
def test_the_grammar_of_a_tool_is_carried_from_chat_completions(told: Any, written: Any) -> None:
    losses = Losses()
    tool = Tool(name="c", custom=True, extra={"custom": {"format": told}})
    assert write_tools(guest(tools=[tool]), losses)[0]["format"] == {"type": told["type"], **written}
    assert not losses


def test_any_other_form_of_a_tool_is_lost() -> None:
    losses = Losses()
    write_tools(guest(tools=[Tool(name="c", custom=True, extra={"custom": {"format": {"type": "x"}}})]), losses)
    assert lost(losses) == ["tools.function.custom"]


@pytest.mark.parametrize(
    "choice",
    [
        "auto",
        "none",
        "required",
        {"type": "function", "name": "f"},
        {"type": "custom", "name": "f"},
        {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]},
        {"type": "mcp", "server_label": "git"},
    ],
)
def test_a_choice_comes_back_as_it_was(choice: Any) -> None:
    assert write_choice(ask(tools=[FUNCTION], tool_choice=choice), Losses()) == choice


@pytest.mark.parametrize("choice", ["maybe", 3, {"type": "function"}, {}])
def test_a_choice_that_cannot_be_is_refused(choice: Any) -> None:
    with pytest.raises(InvalidParameter):
        ask(tools=[FUNCTION], tool_choice=choice)


@pytest.mark.parametrize(
    ("dialect", "extra"),
    [
        ("gemini_content", {"allowedFunctionNames": ["f"]}),
        ("openai_chat", {"allowed_tools": {"tools": [{"type": "function", "function": {"name": "f"}}]}}),
    ],
)
def test_tools_among_which_to_choose_are_carried(dialect: str, extra: Any) -> None:
    losses = Losses()
    written = write_choice(guest(dialect, tool_choice=ToolChoice("required", extra=extra)), losses)
    assert written == {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]}
    assert not losses


def test_what_else_another_dialect_says_of_a_choice_is_lost() -> None:
    losses = Losses()
    assert write_choice(guest(tool_choice=ToolChoice("auto", extra={"x": 1})), losses) == "auto"
    assert lost(losses) == ["tool_choice.x"]
    assert write_choice(guest(), losses) is None
