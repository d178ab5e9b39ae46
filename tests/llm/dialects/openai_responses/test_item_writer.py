"""Turns of other dialects as items."""

from typing import Any

from trigate.llm.conversation import (
    Citation,
    Conversation,
    Image,
    Media,
    Opaque,
    Refusal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Turn,
)
from trigate.llm.dialects.openai_responses.item_writer import ItemWriter, signed_call
from trigate.llm.loss import Losses


def write(*turns: Turn, dialect: str = "anthropic_messages") -> tuple[list[dict[str, Any]], list[str]]:
    losses = Losses()
    writer = ItemWriter(Conversation(dialect=dialect, model="m", turns=[]), losses)
    for turn in turns:
        writer.write(turn)
    return writer.items, [each.field for each in losses.found()]


def test_words_of_the_model_are_a_message_each() -> None:
    items, _ = write(Turn("assistant", [Text(text="a"), Text(text="b")]))
    assert items == [{"type": "message", "role": "assistant", "content": each} for each in ("a", "b")]


def test_words_with_sources_and_refusals_are_messages_with_identifiers() -> None:
    items, _ = write(Turn("assistant", [Text(text="a", citations=[Citation(url="u")]), Refusal(text="No.")]))
    assert [each["type"] for each in items[0]["content"]] == ["output_text", "refusal"]
    assert (items[0]["id"], items[0]["status"]) == ("msg_0", "completed")


def test_a_plain_text_stays_one() -> None:
    items, _ = write(Turn("user", [Text(text="a")], plain=True), Turn("user", [Text(text="a")]))
    assert [each["content"] for each in items] == ["a", [{"type": "input_text", "text": "a"}]]


def test_calls_and_results_go_together() -> None:
    call = ToolCall(id="c1", name="f", arguments='{"a":1}')
    result = ToolResult(call="c1", parts=[Text(text="x"), Text(text="y")])
    items, lost = write(Turn("assistant", [call]), Turn("tool", [result]))
    assert items == [
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "x\ny"},
    ]
    assert lost == []


def test_the_result_of_a_tool_of_plain_text_is_one_even_if_nobody_says_so() -> None:
    call = ToolCall(id="c1", name="f", arguments="***", custom=True)
    items, _ = write(Turn("assistant", [call]), Turn("tool", [ToolResult(call="c1", parts=[Text(text="x")])]))
    assert [each["type"] for each in items] == ["custom_tool_call", "custom_tool_call_output"]


def test_a_result_with_a_picture_is_a_list_and_a_failure_is_told() -> None:
    picture = Image(media=Media(url="u"))
    items, lost = write(Turn("tool", [ToolResult(call="c", parts=[Text(text="x"), picture], failed=True)]))
    assert [each["type"] for each in items[0]["output"]] == ["input_text", "input_image"]
    assert lost == ["messages.content.is_error"]


def test_thoughts_that_openai_sealed_go_back_to_it() -> None:
    thoughts = [Thought(text="a", id="rs_1"), Thought(text="b", id="rs_1", signature="s", maker="openai")]
    items, lost = write(Turn("assistant", list(thoughts)))
    summary = [{"type": "summary_text", "text": each} for each in "ab"]
    assert items == [{"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": "s"}]
    assert lost == []


def test_thoughts_of_others_and_of_nobody_are_dropped() -> None:
    items, lost = write(Turn("assistant", [Thought(text="a", signature="s", maker="anthropic")]))
    assert (items, len(lost)) == ([], 1)
    items, lost = write(Turn("assistant", [Thought(text="a")]))
    assert (items, len(lost)) == ([], 1)


def test_thoughts_of_others_are_dropped_at_home_too() -> None:
    items, lost = write(
        Turn(
            "assistant",
            [Thought(signature="s", maker="anthropic"), ToolCall(id="c", name="f", signature="s", maker="google")],
        ),
        dialect="openai_responses",
    )
    assert [each["type"] for each in items] == ["function_call"]
    assert lost == ["input.reasoning", "input.function_call.signature"]


def test_names_and_leftovers_and_parts_of_others_are_lost() -> None:
    part = Opaque(dialect="x", kind="search", value={})
    items, lost = write(Turn("user", [part], name="Ada", extra={"x": 1}))
    assert items == []
    assert lost == ["messages.x", "messages.name", "messages.content.search"]


def test_a_turn_that_says_nothing_is_left_out() -> None:
    assert write(Turn("assistant", [])) == ([], [])


def test_what_signs_a_call_is_a_thought_of_its_own() -> None:
    call = ToolCall(id="c", name="f", signature="s", maker="google")
    assert signed_call(call, "rs_1")["encrypted_content"] == "tg~call.google~s"
