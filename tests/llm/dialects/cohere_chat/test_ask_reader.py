"""A caller's body: what it says, in the words of the middle form."""

from typing import Any

import pytest

from tests.llm.dialects.cohere_chat.scene import read
from trigate.llm.conversation import File, OutputForm, Reasoning, Text, Tool, ToolChoice
from trigate.llm.error import InvalidParameter

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def test_documents_are_shown_by_the_last_turn_of_the_user():
    user = {"role": "user", "content": "Where?"}
    turns = read(user, {"role": "assistant", "content": "There."}, user, documents=["A text."]).turns
    document, question = turns[2].parts
    assert isinstance(document, File)
    assert document.text == "A text."
    assert question == Text(text="Where?")
    assert turns[0].parts == [question]


def test_documents_without_a_user_have_a_turn_of_their_own():
    turns = read({"role": "system", "content": "Hi"}, documents=["A text."]).turns
    assert [each.role for each in turns] == ["system", "user"]


@pytest.mark.parametrize(
    ("choice", "expected"), [("REQUIRED", ToolChoice("required")), ("NONE", ToolChoice("none")), (None, None)]
)
def test_each_choice_is_understood(choice: Any, expected: ToolChoice | None):
    assert read(tools=[TOOL], tool_choice=choice).tool_choice == expected


def test_all_tools_are_strict_or_none_is():
    (tool,) = read(tools=[TOOL], strict_tools=True).tools
    assert isinstance(tool, Tool)
    assert (tool.name, tool.schema, tool.strict) == ("f", {"type": "object"}, True)


def test_a_form_is_any_json_or_that_of_a_schema():
    assert read(response_format={"type": "json_object"}).output == OutputForm()
    schema = {"type": "object"}
    assert read(response_format={"type": "json_object", "json_schema": schema}).output == OutputForm(
        schema=schema, strict=True
    )
    assert read(response_format={"type": "text"}).output is None


def test_thinking_has_a_budget():
    assert read(thinking={"type": "enabled", "token_budget": 9}).reasoning == Reasoning(enabled=True, budget=9)
    assert read(thinking={"type": "disabled"}).reasoning == Reasoning(enabled=False)


def test_numbers_have_short_names():
    conversation = read(p=0.5, k=4, stop_sequences=["x"], safety_mode="OFF")
    assert (conversation.top_p, conversation.top_k, conversation.stop) == (0.5, 4, ["x"])
    assert conversation.extra == {"safety_mode": "OFF"}


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"tools": [{"type": "custom"}]}, "tools[0].type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.type"),
        ({"thinking": {"type": "adaptive"}}, "thinking.type"),
        ({"documents": [7]}, "documents[0]"),
        ({"documents": [{}]}, "documents[0].data"),
        ({"k": "x"}, "k"),
    ],
)
def test_what_is_of_the_wrong_kind_is_named(members: dict[str, Any], param: str):
    with pytest.raises(InvalidParameter) as caught:
        read(**members)
    assert caught.value.param == param
