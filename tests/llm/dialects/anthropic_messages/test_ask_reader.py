"""Callers' asks are understood, or refused with the path of what is wrong."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.dialects.anthropic_messages.scene import ask, read, through
from trigate.llm.conversation import Cache, Opaque, Reasoning, Text, Tool, ToolCall, ToolChoice, ToolResult
from trigate.llm.error import InvalidParameter

CALL = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": "sky"}}


def test_the_system_speaks_first() -> None:
    turns = read(ask(system="Be brief.")).turns
    assert [turn.role for turn in turns] == ["system", "user"]
    assert turns[0].parts == [Text(text="Be brief.")]


def test_each_result_of_a_tool_is_a_turn_of_its_own_with_the_name_of_its_tool() -> None:
    results = [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "blue"}, {"type": "text", "text": "Well?"}]
    turns = read(ask({"role": "assistant", "content": [CALL]}, {"role": "user", "content": results})).turns
    assert [(turn.role, turn.continues) for turn in turns] == [("assistant", False), ("tool", False), ("user", True)]
    result = turns[1].parts[0]
    assert isinstance(result, ToolResult)
    assert (result.call, result.name, result.parts) == ("toolu_1", "look", [Text(text="blue")])
    assert turns[1].plain


def test_arguments_of_a_call_are_a_text() -> None:
    call = read(ask({"role": "assistant", "content": [CALL]})).turns[0].parts[0]
    assert isinstance(call, ToolCall)
    assert call.arguments == '{"at":"sky"}'


@pytest.mark.parametrize(
    ("choice", "mode", "parallel"),
    [
        ({"type": "auto"}, ToolChoice("auto"), None),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice("required"), False),
        ({"type": "tool", "name": "look", "disable_parallel_tool_use": False}, ToolChoice("one", "look"), True),
        ({"type": "none"}, ToolChoice("none"), None),
    ],
)
def test_the_choice_of_tools_is_understood(choice: Any, mode: ToolChoice, parallel: bool | None) -> None:
    conversation = read(ask(tool_choice=choice))
    assert (conversation.tool_choice, conversation.parallel) == (mode, parallel)


def test_a_tool_of_the_providers_own_stays_as_it_is() -> None:
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
    mine = {"name": "look", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    first, second = read(ask(tools=[search, mine])).tools
    assert isinstance(first, Opaque)
    assert (first.kind, first.value) == ("web_search_20250305", search)
    assert isinstance(second, Tool)
    assert second.cache == Cache("1h")


@pytest.mark.parametrize(
    ("members", "reasoning"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, Reasoning(enabled=True, budget=2000)),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, Reasoning(enabled=True, budget=-1, shown=False)),
        ({"thinking": {"type": "disabled"}}, Reasoning(enabled=False)),
        ({"output_config": {"effort": "max"}}, Reasoning(effort="max")),
        ({"thinking": {"type": "between_tools"}}, Reasoning(extra={"type": "between_tools"})),
    ],
)
def test_how_much_to_think_is_understood(members: Any, reasoning: Reasoning) -> None:
    assert read(ask(**members)).reasoning == reasoning


@pytest.mark.parametrize("place", ["output_config", "output_format"])
def test_the_form_of_the_answer_may_stand_in_either_place(place: str) -> None:
    form = {"type": "json_schema", "schema": {"type": "object"}}
    body = ask(**{place: {"format": form} if place == "output_config" else form})
    output = read(body).output
    assert output is not None
    assert output.schema == {"type": "object"}
    assert through(body) == (body, [])


def test_an_ask_without_a_bound_is_understood_so_that_its_tokens_can_be_counted() -> None:
    body = ask()
    del body["max_tokens"]
    assert read(body).most_output is None


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"messages": None}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": 5}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [CALL]}]}, "messages[0].content[0].type"),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "tool_result", "tool_use_id": "a"}]}]},
            "messages[0].content[0].type",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "messages[0].content[0].source"),
        ({"system": 5}, "system"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"stop_sequences": [1]}, "stop_sequences"),
        ({"tools": [{"name": "look"}]}, "tools[0].input_schema"),
        ({"tool_choice": {"type": "maybe"}}, "tool_choice.type"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice.name"),
        ({"thinking": {"budget_tokens": 2000}}, "thinking.type"),
        ({"output_config": {"format": {"type": "xml"}}}, "output_config.format.type"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {}}}, "output_format": {"type": "x"}},
            "output_format",
        ),
        ({"metadata": {"user_id": 5}}, "metadata.user_id"),
    ],
)
def test_what_is_wrong_is_named(members: Any, path: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        read({**ask(), **members})
    assert refused.value.param == path


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "content", "source", "role", "id", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = ["messages", "system", "tools", "tool_choice", "thinking", "output_config", "metadata", "max_tokens", "stop"]


@given(st.dictionaries(st.sampled_from(NAMES), JSONS), JSONS)
def test_nonsense_is_refused_and_nothing_else_happens(members: dict[str, Any], block: Any) -> None:
    for body in ({**ask(), **members}, ask({"role": "user", "content": [block]})):
        with suppress(InvalidParameter):
            read(body)
