"""Streams for Gemini callers."""

import json
from typing import Any

from tests.llm.wire.gemini_content import check_stream
from trigate.llm.conversation import Conversation, Image, Media, Part, Text, Thought, ToolCall
from trigate.llm.dialects.gemini_content.seal import seal
from trigate.llm.dialects.gemini_content.stream_writer import GeminiWriter, stream_as_array
from trigate.llm.reply import Begin, ChoiceEnd, Count, Delta, End, Event, Failure, PartBegin, PartEnd, Signature, Tally


def ask() -> Conversation:
    return Conversation(dialect="gemini_content", model="asked-model", turns=[])


def told(*events: Event) -> list[dict[str, Any]]:
    data = GeminiWriter(ask()).write(events)
    check_stream(data)
    return [json.loads(line[6:]) for line in data.decode().splitlines() if line]


def parts(*events: Event) -> list[dict[str, Any]]:
    return [each["candidates"][0]["content"]["parts"][0] for each in told(*events)]


def whole(part: Part, *inner: Event) -> list[Event]:
    return [Begin(id="r", model="m"), PartBegin(index=0, part=part), *inner, PartEnd(index=0)]


def test_arguments_are_gathered_to_a_whole_call():
    pieces = [Delta(index=0, text=each) for each in ('{"a"', ":", "1}")]
    events = whole(ToolCall(id="c", name="f", arguments=""), *pieces)
    assert parts(*events) == [{"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}}]


def test_another_makers_signature_is_carried_in_base64():
    events = whole(Thought(), Delta(index=0, text="Hm"), Signature(index=0, signature="xyz", maker="anthropic"))
    assert parts(*events) == [
        {"text": "Hm", "thought": True},
        {"text": "", "thought": True, "thoughtSignature": seal("xyz", "anthropic")},
    ]


def test_a_redacted_thought_is_told_as_such():
    events = whole(Thought(signature="xyz", maker="anthropic", redacted=True))
    assert parts(*events) == [
        {"text": "", "thought": True, "thoughtSignature": seal("xyz", "anthropic", redacted=True)}
    ]


def test_pictures_come_whole():
    events = whole(Image(media=Media(data="AAAA", mime="image/png")))
    assert parts(*events) == [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]


def test_the_last_piece_has_the_end_and_the_counts():
    events = [
        *whole(Text(text=""), Delta(index=0, text="a")),
        ChoiceEnd(stop="length"),
        Count(tally=Tally(input=3, output=1)),
        End(),
    ]
    first, last = told(*events)
    assert "finishReason" not in first["candidates"][0]
    assert "usageMetadata" not in first
    assert last["candidates"][0]["finishReason"] == "MAX_TOKENS"
    assert last["usageMetadata"]["totalTokenCount"] == 4
    assert (last["modelVersion"], last["responseId"]) == ("m", "r")


def test_a_failure_is_an_error_of_the_sdk():
    assert (
        told(Begin(id="r"), Failure(message="Overloaded", code="overloaded_error", status=529))[0]["error"]["code"]
        == 529
    )


def test_a_caller_without_sse_gets_one_array_in_whatever_pieces():
    conversation = ask()
    stream_as_array(conversation)
    writer = GeminiWriter(conversation)
    events = [*whole(Text(text=""), Delta(index=0, text="a"), Delta(index=0, text="b")), ChoiceEnd(stop="end"), End()]
    data = b"".join(writer.write([each]) for each in events)
    assert [each["candidates"][0]["content"]["parts"][0]["text"] for each in json.loads(data)] == ["a", "b", ""]


def test_an_array_that_fails_is_closed():
    conversation = ask()
    stream_as_array(conversation)
    writer = GeminiWriter(conversation)
    data = writer.write(
        [Begin(id="r"), PartBegin(index=0, part=Text(text="")), Delta(index=0, text="a"), Failure(message="x")]
    )
    assert "error" in json.loads(data)[-1]


def test_pieces_of_parts_that_never_began_say_nothing():
    assert GeminiWriter(ask()).write([Delta(index=3, text="a"), PartEnd(index=3)]) == b""
