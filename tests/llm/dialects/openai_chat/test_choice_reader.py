"""One choice of a stream, read piece by piece."""

from typing import Any

import msgspec
import pytest

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Audio, Image, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_chat.choice_reader import ChoiceReader
from trigate.llm.dialects.openai_chat.chunk import ChoicePiece
from trigate.llm.reply import ChoiceEnd, Cite, Delta, Event, PartBegin, PartEnd, Signature

ANTHROPIC = "anthropic-claude-v1"


def events(*deltas: dict[str, Any], finish: str = "") -> list[Event]:
    reader, found = ChoiceReader(0), list[Event]()
    for delta in deltas:
        reader.read(msgspec.convert({"delta": delta}, ChoicePiece), found)
    if finish:
        reader.read(msgspec.convert({"finish_reason": finish}, ChoicePiece), found)
    return found


def kinds(found: list[Event]) -> list[type]:
    return [type(each.part) for each in found if isinstance(each, PartBegin)]


def call(
    index: int | None, identifier: str | None = None, name: str | None = None, arguments: Any = None
) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "id": identifier, "function": {"name": name, "arguments": arguments}}]}


def test_words_are_one_part_and_nothing_is_said_by_nothing():
    assert events({"role": "assistant", "content": ""}, {"content": "a"}, {"content": "b"}) == [
        PartBegin(index=0, part=Text(text="")),
        Delta(index=0, text="a"),
        Delta(index=0, text="b"),
    ]


def test_a_part_ends_when_another_begins_and_all_end_with_the_choice():
    found = events({"reasoning": "Hm"}, {"content": "a"}, call(0, "x", "f", "{}"), finish="tool_calls")
    assert kinds(found) == [Thought, Text, ToolCall]
    assert [each.index for each in found if isinstance(each, PartEnd)] == [0, 1, 2]
    assert found[-1] == ChoiceEnd(stop="tool")


def test_the_signature_of_a_thought_comes_after_it():
    found = events(
        {"reasoning": "Hm", "reasoning_details": [{"type": "reasoning.text", "text": "Hm", "index": 0}]},
        {"reasoning_details": [{"type": "reasoning.text", "signature": "s", "format": ANTHROPIC, "index": 0}]},
        {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x", "format": ANTHROPIC, "index": 1}]},
    )
    assert kinds(found) == [Thought, Thought]
    assert Signature(index=0, signature="s", maker="anthropic") in found
    assert found[-2] == PartBegin(
        index=1,
        part=Thought(
            signature="x", redacted=True, maker="anthropic", form={"place": 0, "format": ANTHROPIC, "index": 1}
        ),
    )


def test_a_signature_among_the_thoughts_belongs_to_the_call_before_or_after():
    sealed = {"type": "reasoning.encrypted", "data": "s", "id": "x", "format": "google-gemini-v1"}
    before = events({"reasoning_details": [sealed]}, call(0, "x", "f"))
    assert [
        each.part.signature for each in before if isinstance(each, PartBegin) and isinstance(each.part, ToolCall)
    ] == ["s"]
    after = events(call(0, "x", "f"), {"reasoning_details": [sealed]})
    assert after[-1] == Signature(index=0, signature="s", maker="google")


@pytest.mark.parametrize("index", [0, None])
def test_calls_without_numbers_of_their_own_are_told_by_their_names(index: int | None):
    found = events(call(index, "x", "f", "{}"), call(index, "y", "f", "{}"))
    assert kinds(found) == [ToolCall, ToolCall]


def test_arguments_may_come_whole_and_as_an_object():
    found = events(call(0, "x", "f", {"a": 1}))
    assert found[-1] == Delta(index=0, text='{"a":1}')


def test_calls_told_in_a_jumble_are_the_providers_fault():
    with pytest.raises(UpstreamProtocolError, match="several calls"):
        events(call(0, "x", "f"), call(1, "y", "f"), call(0, None, None, "{}"))


def test_a_call_without_a_name_is_the_providers_fault():
    with pytest.raises(UpstreamProtocolError, match="name"):
        events(call(0, "x"))


def test_the_older_form_of_a_call():
    found = events(
        {"function_call": {"name": "f", "arguments": ""}}, {"function_call": {"arguments": "{}"}}, finish="stop"
    )
    assert kinds(found) == [ToolCall]
    assert found[-1] == ChoiceEnd(stop="tool")


def test_what_is_seldom_there():
    found = events(
        {"refusal": "no"},
        {"audio": {"id": "a", "data": "AA"}},
        {"images": [{"type": "image_url", "image_url": {"url": "u"}}]},
        {"annotations": [{"type": "url_citation", "url_citation": {"url": "u"}}]},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
                {"type": "text", "text": "a"},
            ]
        },
        finish="stop",
    )
    assert kinds(found) == [Refusal, Audio, Image, Text, Thought, Text]
    assert [each.citation.url for each in found if isinstance(each, Cite)] == ["u"]
    assert found[-1] == ChoiceEnd(stop="refusal")


def test_nothing_follows_the_end():
    reader, found = ChoiceReader(1), list[Event]()
    reader.read(msgspec.convert({"finish_reason": "length"}, ChoicePiece), found)
    reader.read(msgspec.convert({"delta": {"content": "a"}}, ChoicePiece), found)
    reader.end("", found)
    assert found == [ChoiceEnd(stop="length", choice=1)]


def test_a_stop_sequence_is_told_by_some():
    reader, found = ChoiceReader(0), list[Event]()
    reader.read(msgspec.convert({"finish_reason": "stop", "stop_reason": "END"}, ChoicePiece), found)
    assert found == [ChoiceEnd(stop="sequence", sequence="END")]
