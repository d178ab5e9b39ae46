"""Streams for Bedrock's callers."""

import json
from typing import Any

import pytest

from tests.llm.wire.bedrock_converse import check_stream
from trigate.llm.conversation import Conversation, Image, Media, Opaque, Part, Text, Thought, ToolCall
from trigate.llm.dialects.bedrock_converse.block_writer import write_call_signature
from trigate.llm.dialects.bedrock_converse.frame import FrameReader
from trigate.llm.dialects.bedrock_converse.seal import seal, seal_redacted
from trigate.llm.dialects.bedrock_converse.stream_writer import ConverseWriter
from trigate.llm.reply import Begin, ChoiceEnd, Count, Delta, End, Event, Failure, PartBegin, PartEnd, Signature, Tally

ASK = Conversation(dialect="bedrock_converse", model="asked-model", turns=[])
DONE = [ChoiceEnd(stop="end"), Count(tally=Tally(input=3, output=1)), End()]


def told(*events: Event) -> list[tuple[str, dict[str, Any]]]:
    data = ConverseWriter(ASK).write([Begin(id="r"), *events])
    check_stream(data)
    frames = FrameReader(10**6).feed(data)
    return [(each.headers.get(":event-type", "exception"), json.loads(each.payload)) for each in frames]


def deltas(part: Part, *inner: Event) -> list[dict[str, Any]]:
    frames = told(PartBegin(index=0, part=part), *inner, PartEnd(index=0), *DONE)
    return [payload["delta"] for name, payload in frames if name == "contentBlockDelta"]


def part(index: int, part: Part, text: str) -> list[Event]:
    return [PartBegin(index=index, part=part), Delta(index=index, text=text), PartEnd(index=index)]


def test_a_text_has_no_start_but_an_end():
    frames = told(PartBegin(index=0, part=Text(text="")), Delta(index=0, text="a"), PartEnd(index=0), *DONE)
    names = ["messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]
    assert [name for name, _ in frames] == names
    assert frames[-1][1]["usage"]["totalTokens"] == 4


def test_arguments_come_in_pieces():
    call = ToolCall(id="c", name="f", arguments="")
    assert deltas(call, Delta(index=0, text="{"), Delta(index=0, text="}")) == [
        {"toolUse": {"input": "{"}},
        {"toolUse": {"input": "}"}},
    ]


def test_a_text_for_a_tool_becomes_an_object():
    call = ToolCall(id="c", name="f", arguments="", custom=True)
    (found,) = deltas(call, Delta(index=0, text='say "'), Delta(index=0, text='hi"'))
    assert json.loads(found["toolUse"]["input"]) == {"input": 'say "hi"'}


def test_thoughts_are_carried_with_their_makers():
    signature = Signature(index=0, signature="x", maker="anthropic")
    assert deltas(Thought(), Delta(index=0, text="Hm"), signature) == [
        {"reasoningContent": {"text": "Hm"}},
        {"reasoningContent": {"signature": seal("x", "anthropic")}},
    ]
    hidden = Thought(signature="x", maker="openai", redacted=True)
    assert deltas(hidden) == [{"reasoningContent": {"redactedContent": seal_redacted("x", "openai")}}]


@pytest.mark.parametrize("late", [False, True])
def test_the_signature_of_a_call_has_a_block_of_its_own(late: bool):
    call = ToolCall(id="c", name="f", signature="" if late else "x", maker="" if late else "google")
    more: list[Event] = [Signature(index=0, signature="x", maker="google")] if late else []
    frames = told(PartBegin(index=0, part=call), *more, PartEnd(index=0), *part(1, Text(text=""), "a"), *DONE)
    carried = write_call_signature("c", "x", "google")
    assert [
        (payload["delta"], payload["contentBlockIndex"]) for name, payload in frames if name == "contentBlockDelta"
    ] == [(carried, 1), ({"text": "a"}, 2)]


def test_pictures_come_whole():
    assert deltas(Image(media=Media(data="AAAA", mime="image/png"))) == [{"image": {"source": {"bytes": "AAAA"}}}]


def test_what_bedrock_cannot_say_leaves_no_gap():
    opaque = Opaque(dialect="gemini_content", kind="executableCode", value={})
    frames = told(
        PartBegin(index=0, part=opaque),
        PartEnd(index=0),
        PartBegin(index=1, part=Text(text="")),
        Delta(index=1, text="a"),
        PartEnd(index=1),
        *DONE,
    )
    assert [payload["contentBlockIndex"] for _, payload in frames if "contentBlockIndex" in payload] == [0, 0]


def test_of_several_answers_the_first_is_told():
    frames = told(PartBegin(index=0, part=Text(text=""), choice=1), Delta(index=0, text="a", choice=1), *DONE)
    assert [name for name, _ in frames] == ["messageStart", "messageStop", "metadata"]


def test_a_failure_is_an_exception():
    assert told(Failure(message="Slow", status=429))[-1] == ("exception", {"message": "Slow"})
