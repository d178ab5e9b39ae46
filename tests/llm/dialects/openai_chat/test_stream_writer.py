"""Events for a caller, written as chunks."""

import json
from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import asked, read
from trigate.llm.conversation import Audio, Citation, Conversation, Image, Media, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_chat.stream_writer import DONE, ChatStreamWriter
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
    Stop,
    Tally,
)

BEGIN = Begin(id="c", model="m", created=5)


def chunks(*events: Event, conversation: Conversation | None = None) -> list[Any]:
    data = ChatStreamWriter(conversation or asked(dialect="openai_chat")).write([BEGIN, *events])
    return [json.loads(each[6:]) for each in data.decode().split("\n\n") if each and each != "data: [DONE]"]


def deltas(*events: Event, conversation: Conversation | None = None) -> list[Any]:
    return [each["choices"][0]["delta"] for each in chunks(*events, conversation=conversation)[1:]]


def part(part: Part, *texts: str) -> list[Event]:
    return [PartBegin(index=0, part=part), *(Delta(index=0, text=each) for each in texts)]


def test_the_role_comes_first_and_every_chunk_says_whose_it_is():
    first, second = chunks(*part(Text(text=""), "a"))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert {name: second[name] for name in ("id", "object", "created", "model")} == {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 5,
        "model": "m",
    }


def test_a_call_is_told_by_name_then_by_its_arguments():
    call = ToolCall(id="x", name="f")
    opened = {"index": 0, "id": "x", "type": "function", "function": {"name": "f", "arguments": ""}}
    assert deltas(*part(call, "{}")) == [
        {"tool_calls": [opened]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]},
    ]


def test_a_plain_tool_takes_its_text():
    told = deltas(*part(ToolCall(id="x", name="f", custom=True), "a"))
    assert told[1] == {"tool_calls": [{"index": 0, "custom": {"input": "a"}}]}


def test_thoughts_are_told_to_those_who_show_them_and_those_who_send_them_back():
    told = deltas(*part(Thought(), "Hm"), Signature(index=0, signature="s", maker="anthropic"))
    assert told == [
        {"reasoning_content": "Hm", "reasoning_details": [{"type": "reasoning.text", "text": "Hm", "index": 0}]},
        {
            "reasoning_details": [
                {"type": "reasoning.text", "signature": "s", "format": "anthropic-claude-v1", "index": 0}
            ]
        },
    ]


def test_a_summary_has_its_encrypted_thought_beside_it():
    thought = Thought(summarised=True, id="rs_1")
    told = deltas(*part(thought, "Hm"), Signature(index=0, signature="x", maker="openai"))
    assert [each["reasoning_details"][0]["type"] for each in told] == ["reasoning.summary", "reasoning.encrypted"]
    assert told[1]["reasoning_details"][0]["id"] == "rs_1"


def test_a_hidden_thought_is_told_at_once():
    told = deltas(*part(Thought(redacted=True, signature="x", maker="anthropic")))
    assert told[0]["reasoning_details"][0]["data"] == "x"


def test_the_signature_of_a_call_is_told_in_both_customs():
    told = deltas(*part(ToolCall(id="x", name="f")), Signature(index=0, signature="s", maker="google"))
    assert told[1]["tool_calls"][0]["function"] == {"arguments": ""}
    assert told[1]["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "s"}}
    assert told[1]["reasoning_details"][0]["id"] == "x"


def test_a_source_stands_where_its_text_does():
    told = deltas(
        *part(Text(text=""), "ab"),
        PartBegin(index=1, part=Text(text="")),
        Delta(index=1, text="cde"),
        Cite(index=1, citation=Citation(url="u")),
        Cite(index=1, citation=Citation(document=1)),
    )
    assert told[-1]["annotations"][0]["url_citation"] == {"url": "u", "title": "", "start_index": 2, "end_index": 5}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (Image(media=Media(url="u")), "images"),
        (Audio(media=Media(data="AA"), transcript="x"), "audio"),
    ],
)
def test_pictures_and_sound_are_told_whole(given: Part, name: str):
    assert name in deltas(*part(given))[0]


def test_each_choice_begins_with_its_role():
    told = chunks(PartBegin(index=0, part=Text(text=""), choice=1), ChoiceEnd(stop="end", choice=2))
    assert [each["choices"][0]["index"] for each in told] == [0, 1, 2, 2]
    assert told[1]["choices"][0]["delta"]["role"] == "assistant"


@pytest.mark.parametrize(
    ("given", "stop", "finish"),
    [
        (Text(text=""), "end", "stop"),
        (Refusal(text=""), "refusal", "stop"),
        (Text(text=""), "refusal", "content_filter"),
        (ToolCall(id="x", name="f"), "tool", "tool_calls"),
    ],
)
def test_a_choice_ends_with_a_reason_that_clients_know(given: Part, stop: Stop, finish: str):
    assert chunks(*part(given, "a"), ChoiceEnd(stop=stop))[-1]["choices"][0]["finish_reason"] == finish


def test_a_caller_who_knows_functions_alone_gets_one():
    conversation = read(functions=[{"name": "f"}])
    events: list[Event] = [*part(ToolCall(id="x", name="f"), "{}"), PartBegin(index=1, part=ToolCall(id="y", name="f"))]
    told = chunks(*events, Delta(index=1, text="{}"), ChoiceEnd(stop="tool"), conversation=conversation)
    assert [each["choices"][0]["delta"] for each in told[1:3]] == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": "{}"}},
    ]
    assert len(told) == 4
    assert told[-1]["choices"][0]["finish_reason"] == "function_call"


@pytest.mark.parametrize("counted", [True, False])
def test_usage_is_told_to_those_who_asked(counted: bool):
    writer = ChatStreamWriter(asked(dialect="openai_chat", counted=counted))
    data = writer.write([BEGIN, Count(tally=Tally(input=3)), ChoiceEnd(stop="end"), End()])
    assert data.endswith(DONE)
    assert (b'"usage"' in data) == counted


def test_a_failure_is_the_last_word():
    data = ChatStreamWriter(asked()).write([BEGIN, Failure(message="no", code="overloaded", status=503)])
    told = json.loads(data.split(b"data: ")[-1])["error"]
    assert (told["message"], told["code"], told["type"]) == ("no", "overloaded", "server_error")


def test_a_function_that_stands_for_a_plain_tool_is_told_as_one():
    conversation = read(tools=[{"type": "custom", "custom": {"name": "f"}}])
    call = ToolCall(id="x", name="f")
    told = deltas(*part(call, '{"inp', 'ut":"a"}'), PartEnd(index=0), conversation=conversation)
    assert told == [
        {"tool_calls": [{"index": 0, "id": "x", "type": "custom", "custom": {"name": "f", "input": ""}}]},
        {"tool_calls": [{"index": 0, "custom": {"input": "a"}}]},
    ]
