"""Messages, read."""

import pytest

from tests.llm.dialects.openai_chat.scene import read
from trigate.llm.conversation import Audio, Refusal, Text, Thought, ToolCall, ToolResult
from trigate.llm.dialects.openai_chat.turn_reader import google_signature
from trigate.llm.error import InvalidParameter

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
SEALED = {"type": "reasoning.encrypted", "data": "c2VhbA==", "id": "call_1", "format": "google-gemini-v1"}


def test_a_result_knows_the_name_of_its_tool():
    turns = read(
        {"role": "assistant", "tool_calls": [CALL]}, {"role": "tool", "tool_call_id": "call_1", "content": "1"}
    ).turns
    result = turns[1].parts[0]
    assert isinstance(result, ToolResult)
    assert (result.call, result.name, result.parts) == ("call_1", "f", [Text(text="1")])


def test_the_older_form_of_a_call_belongs_to_the_older_form_of_a_result():
    turns = read(
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "1"},
    ).turns
    call, result = turns[0].parts[0], turns[1].parts[0]
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert call.id == result.call


def test_an_answer_is_thoughts_then_words_then_calls():
    turn = read(
        {
            "role": "assistant",
            "content": "Hi",
            "refusal": "No",
            "audio": {"id": "a"},
            "tool_calls": [CALL],
            "reasoning_content": "Hm",
        }
    ).turns[0]
    assert [type(each) for each in turn.parts] == [Thought, Text, Refusal, Audio, ToolCall]


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_a_thought_has_two_names(name: str):
    assert read({"role": "assistant", "content": "Hi", name: "Hm"}).turns[0].parts[0] == Thought(text="Hm")


def test_the_same_thought_told_twice_is_one():
    detail = {"type": "reasoning.text", "text": "Hm", "signature": "s", "format": "anthropic-claude-v1"}
    turn = read({"role": "assistant", "reasoning": "Hm", "reasoning_details": [detail]}).turns[0]
    assert len(turn.parts) == 1
    assert turn.extra == {}


def test_a_text_beside_the_details_that_says_something_else_is_kept():
    detail = {"type": "reasoning.text", "text": "Hm"}
    assert read({"role": "assistant", "reasoning": "So", "reasoning_details": [detail]}).turns[0].extra == {
        "reasoning": "So"
    }


def test_a_signature_among_the_thoughts_belongs_to_its_call():
    turn = read({"role": "assistant", "reasoning_details": [SEALED], "tool_calls": [CALL]}).turns[0]
    call = turn.parts[0]
    assert isinstance(call, ToolCall)
    assert (call.signature, call.maker) == ("c2VhbA==", "google")


def test_a_call_may_carry_its_own_signature():
    call = read(
        {"role": "assistant", "tool_calls": [{**CALL, "extra_content": {"google": {"thought_signature": "s"}}}]}
    )
    part = call.turns[0].parts[0]
    assert isinstance(part, ToolCall)
    assert (part.signature, part.maker, part.extra) == ("s", "google", {})
    assert google_signature({"google": None}) == google_signature(None) == ""


def test_null_is_no_content():
    assert read({"role": "assistant", "content": None}).turns[0].parts == []


@pytest.mark.parametrize(
    "message",
    [
        {"role": "wizard", "content": "Hi"},
        {"role": "user", "content": 1},
        {"role": "tool", "content": "1"},
        {"role": "assistant", "tool_calls": [{"type": "other"}]},
    ],
)
def test_a_message_that_makes_no_sense_is_refused(message: dict[str, object]):
    with pytest.raises(InvalidParameter):
        read(message)
