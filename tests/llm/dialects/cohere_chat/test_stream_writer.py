"""Events for a caller, written as a stream."""

import json
from typing import Any

from tests.llm.dialects.cohere_chat.scene import asked
from trigate.llm.conversation import Citation, Image, Media, Part, Text, Thought, ToolCall
from trigate.llm.dialects.cohere_chat.stream_writer import DONE, CohereStreamWriter, fail
from trigate.llm.reply import (
    Begin,
    ChoiceEnd,
    Cite,
    Count,
    Delta,
    End,
    Event,
    Failure,
    PartBegin,
    PartEnd,
    Signature,
    Tally,
)


def told(*events: Event) -> list[Any]:
    data = CohereStreamWriter(asked()).write([Begin(id="c"), *events]).decode()
    events_told = [each.split("\n") for each in data.split("\n\n") if each and each != "data: [DONE]"]
    for kind, members in events_told:
        assert kind == f"event: {json.loads(members[6:])['type']}"
    return [json.loads(members[6:]) for _, members in events_told]


def part(index: int, part: Part, *texts: str) -> list[Event]:
    return [PartBegin(index=index, part=part), *(Delta(index=index, text=each) for each in texts), PartEnd(index=index)]


def test_contents_and_calls_are_numbered_apart():
    events = told(*part(0, Text(text=""), "a"), *part(1, ToolCall(id="x", name="f"), "{}"), *part(2, Thought(), "Hm"))
    assert [(each["type"], each["index"]) for each in events[1:]] == [
        ("content-start", 0),
        ("content-delta", 0),
        ("content-end", 0),
        ("tool-call-start", 0),
        ("tool-call-delta", 0),
        ("tool-call-end", 0),
        ("content-start", 1),
        ("content-delta", 1),
        ("content-end", 1),
    ]


def test_a_plan_has_an_event_of_its_own():
    events = told(*part(0, Text(text="", form={"plan": True}), "I look."))
    assert events[1:] == [{"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I look."}}}]


def test_signatures_travel_with_their_makers_names():
    events = told(
        PartBegin(index=0, part=Thought()),
        Signature(index=0, signature="s", maker="anthropic"),
        PartBegin(index=1, part=Thought(redacted=True, signature="r", maker="anthropic")),
        PartBegin(index=2, part=ToolCall(id="x", name="f")),
        Signature(index=2, signature="g", maker="google"),
    )
    assert events[2]["delta"]["message"]["content"]["signature"] == "tg~anthropic~s"
    assert events[3]["delta"]["message"]["content"]["signature"] == "tg~anthropic~r"
    assert events[5]["delta"]["message"]["tool_calls"] == {
        "function": {"arguments": ""},
        "signature": "tg~google~g",
    }


def test_a_source_begins_and_ends():
    events = told(
        PartBegin(index=0, part=Text(text="")), Delta(index=0, text="ab"), Cite(index=0, citation=Citation(url="u"))
    )
    assert [each["type"] for each in events[-2:]] == ["citation-start", "citation-end"]
    assert events[-2]["delta"]["message"]["citations"]["text"] == "ab"


def test_what_has_no_form_is_not_told():
    assert len(told(*part(0, Image(media=Media(url="u"))), PartBegin(index=0, part=Text(text=""), choice=1))) == 1


def test_the_end_tells_why_and_what_was_used():
    writer = CohereStreamWriter(asked())
    data = writer.write([Begin(id="c"), Count(tally=Tally(input=3)), ChoiceEnd(stop="length"), End()])
    assert data.endswith(DONE)
    over = json.loads(data.split(b"data: ")[2])
    assert over["delta"]["finish_reason"] == "MAX_TOKENS"
    assert over["delta"]["usage"]["tokens"]["input_tokens"] == 3


def test_a_failure_is_the_last_word():
    data = CohereStreamWriter(asked()).write([Begin(id="c"), Failure(message="no")])
    assert data.endswith(fail("c", "no"))
    assert b"[DONE]" not in data
