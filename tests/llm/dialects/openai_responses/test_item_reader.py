"""The items of an input, as turns."""

from typing import Any

import pytest

from trigate.llm.conversation import Opaque, Text, Thought, ToolCall, ToolResult, Turn
from trigate.llm.dialects.openai_responses.item_reader import read_call, read_input
from trigate.llm.error import InvalidParameter
from trigate.llm.node import blame_caller

CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{}", "status": "completed"}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": "sun"}
SAID = {"type": "message", "role": "assistant", "id": "msg_1", "content": [{"type": "output_text", "text": "Hi"}]}
THOUGHT = {"type": "reasoning", "summary": [], "encrypted_content": "s"}


def read(*items: Any) -> list[Turn]:
    return read_input(list(items), blame_caller)


def shapes(turns: list[Turn]) -> list[tuple[str, list[str]]]:
    return [(each.role, [type(part).__name__ for part in each.parts]) for each in turns]


def test_a_text_is_the_users() -> None:
    (turn,) = read_input("Hello", blame_caller)
    assert (turn.role, turn.plain, turn.parts) == ("user", True, [Text(text="Hello")])


def test_what_the_model_did_between_others_is_one_turn() -> None:
    second = {**CALL, "call_id": "c2"}
    turns = read({"role": "user", "content": "Hi"}, THOUGHT, SAID, CALL, second, RESULT, SAID)
    assert shapes(turns) == [
        ("user", ["Text"]),
        ("assistant", ["Thought", "Text", "ToolCall", "ToolCall"]),
        ("tool", ["ToolResult"]),
        ("assistant", ["Text"]),
    ]


def test_a_second_message_goes_on_in_a_turn_of_its_own() -> None:
    turns = read(SAID, CALL, {**SAID, "phase": "final_answer"}, CALL)
    assert shapes(turns) == [("assistant", ["Text", "ToolCall"]), ("assistant", ["Text", "ToolCall"])]
    assert [each.continues for each in turns] == [False, True]
    assert turns[1].extra == {"phase": "final_answer"}


def test_identifiers_and_states_of_items_are_no_loss_elsewhere() -> None:
    (turn,) = read(SAID, CALL)
    call = turn.parts[1]
    assert (turn.extra, call.extra) == ({}, {})
    assert call.form == {"id": "fc_1", "status": "completed"}


def test_a_result_has_the_name_of_its_tool() -> None:
    result = read(CALL, RESULT)[1].parts[0]
    assert isinstance(result, ToolResult)
    assert (result.call, result.name, result.parts) == ("c1", "f", [Text(text="sun")])


def test_a_tool_of_plain_text() -> None:
    call = {"type": "custom_tool_call", "call_id": "c1", "name": "patch", "input": "***"}
    turns = read(
        call, {"type": "custom_tool_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "a"}]}
    )
    first, second = turns[0].parts[0], turns[1].parts[0]
    assert isinstance(first, ToolCall)
    assert first.custom
    assert first.arguments == "***"
    assert isinstance(second, ToolResult)
    assert second.custom


def test_a_call_of_a_tool_in_a_group_has_its_whole_name() -> None:
    assert read_call({**CALL, "namespace": "git"}, blame_caller, "").name == "git__f"


def test_what_signed_a_call_is_given_back_to_it() -> None:
    seal = {"type": "reasoning", "summary": [], "encrypted_content": "tg~call.google~s"}
    (turn,) = read(seal, CALL, {**CALL, "call_id": "c2"})
    assert [(each.signature, each.maker) for each in turn.parts if isinstance(each, ToolCall)] == [
        ("s", "google"),
        ("", ""),
    ]


def test_items_that_are_not_known_stay_as_they_are_with_whoever_speaks() -> None:
    turns = read(
        SAID, {"type": "web_search_call"}, {"type": "computer_call_output"}, {"type": "item_reference", "id": "x"}
    )
    assert shapes(turns) == [("assistant", ["Text", "Opaque"]), ("user", ["Opaque"]), ("assistant", ["Opaque"])]
    part = turns[1].parts[0]
    assert isinstance(part, Opaque)
    assert part.value == {"type": "computer_call_output"}


def test_an_empty_message_of_the_model_is_a_turn_of_its_own() -> None:
    turns = read(THOUGHT, {"role": "assistant", "content": []}, THOUGHT)
    assert [len(each.parts) for each in turns] == [1, 0, 1]
    assert isinstance(turns[2].parts[0], Thought)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ("x", "input[0]"),
        ({}, "input[0].type"),
        ({"role": "tool", "content": ""}, "input[0].role"),
        ({"role": "user"}, "input[0].content"),
        ({"role": "user", "content": [{"type": 3}]}, "input[0].content[0].type"),
        ({"type": "function_call", "name": "f", "arguments": "{}"}, "input[0].call_id"),
        ({"type": "function_call_output", "call_id": "c"}, "input[0].output"),
    ],
)
def test_what_is_wrong_is_told_by_its_path(item: Any, path: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        read(item)
    assert caught.value.param == path
