"""Messages, read."""

import pytest

from tests.llm.dialects.cohere_chat.scene import read
from trigate.llm.conversation import File, Image, Media, Opaque, Text, Thought, ToolCall, ToolResult
from trigate.llm.dialects.cohere_chat.turn_reader import read_data
from trigate.llm.error import InvalidParameter

CALL = {"id": "x", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_an_answer_is_content_then_the_plan_then_calls():
    content = [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "a"}, {"type": "new", "x": 1}]
    turn = read({"role": "assistant", "content": content, "tool_plan": "I look.", "tool_calls": [CALL]}).turns[0]
    assert turn.parts == [
        Thought(text="Hm"),
        Text(text="a"),
        Opaque(dialect="cohere_chat", kind="new", value={"type": "new", "x": 1}),
        Text(text="I look.", form={"plan": True}),
        ToolCall(id="x", name="f"),
    ]


def test_what_the_gateway_signed_for_another_is_known_again():
    content = [{"type": "thinking", "thinking": "", "signature": "tg~anthropic~s"}]
    call = {**CALL, "signature": "tg~google~g"}
    thought, made = read({"role": "assistant", "content": content, "tool_calls": [call]}).turns[0].parts
    assert thought == Thought(signature="s", maker="anthropic", redacted=True)
    assert isinstance(made, ToolCall)
    assert (made.signature, made.maker) == ("g", "google")


def test_a_result_may_be_documents():
    document = {"type": "document", "document": {"data": {"text": "4 °C"}}}
    told = {"role": "tool", "tool_call_id": "x", "content": [document, {"type": "text", "text": "a"}]}
    result = read({"role": "assistant", "tool_calls": [CALL]}, told).turns[1].parts[0]
    assert isinstance(result, ToolResult)
    assert result.name == "f"
    first, second = result.parts
    assert isinstance(first, File)
    assert first.text == "4 °C"
    assert second == Text(text="a")


def test_an_image_is_an_address():
    part = read({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u", "detail": "low"}}]})
    assert part.turns[0].parts == [Image(media=Media(url="u"), detail="low")]
    assert read_data("data:image/png;base64,AA") == Media(data="AA", mime="image/png")


@pytest.mark.parametrize(("index", "place"), [(1, 1), (None, 0), (99, 0)])
def test_sources_belong_to_the_text_they_name(index: int | None, place: int):
    content = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    citation = {"start": 0, "end": 1, "sources": [{"type": "tool", "id": "x"}], "content_index": index}
    parts = read({"role": "assistant", "content": content, "citations": [citation]}).turns[0].parts
    assert [len(each.citations) for each in parts if isinstance(each, Text)] == [int(place == each) for each in (0, 1)]


def test_sources_of_a_plan_are_this_dialects_own():
    citation = {"start": 0, "end": 1, "sources": [], "type": "PLAN"}
    turn = read({"role": "assistant", "content": "a", "tool_plan": "b", "citations": [citation]}).turns[0]
    assert turn.extra == {"citations": [citation]}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "developer", "content": "Hi"},
        {"role": "user", "content": 1},
        {"role": "tool", "content": "1"},
        {"role": "user", "content": [{"type": "image_url"}]},
        {"role": "assistant", "tool_calls": [{"type": "function"}]},
    ],
)
def test_a_message_that_makes_no_sense_is_refused(message: dict[str, object]):
    with pytest.raises(InvalidParameter):
        read(message)
