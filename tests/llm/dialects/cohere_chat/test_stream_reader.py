"""A provider's stream of events, read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.dialects.cohere_chat.scene import JSON, read
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Text, Thought, ToolCall
from trigate.llm.dialects.cohere_chat.stream_reader import CohereStreamReader
from trigate.llm.dialects.cohere_chat.stream_writer import CohereStreamWriter
from trigate.llm.event_stream import write_event
from trigate.llm.reply import Begin, ChoiceEnd, Cite, Count, Delta, End, Event, Failure, PartBegin, Signature, Tally

START = {"type": "message-start", "id": "c", "delta": {"message": {"role": "assistant", "content": []}}}
OVER = {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}


def told(kind: str, **message: Any) -> dict[str, Any]:
    return {"type": kind, "index": 0, "delta": {"message": message}}


def run(*events: Any) -> list[Event]:
    reader = CohereStreamReader(2**16)
    return reader.feed(b"".join(write_event(json.dumps(each).encode()) for each in events)) + reader.finish()


def kinds(found: list[Event]) -> list[type]:
    return [type(each.part) for each in found if isinstance(each, PartBegin)]


def test_a_stream_begins_once_and_ends_once():
    found = run(
        START,
        told("content-start", content={"type": "text", "text": ""}),
        told("content-delta", content={"text": "a"}),
        OVER,
    )
    assert found[0] == Begin(id="c")
    assert found[1:3] == [PartBegin(index=0, part=Text(text="")), Delta(index=0, text="a")]
    assert found[-2:] == [ChoiceEnd(stop="end"), End()]


def test_plans_thoughts_and_calls_are_parts():
    found = run(
        START,
        told("content-start", content={"type": "thinking", "thinking": "H"}),
        told("content-delta", content={"thinking": "m", "signature": "tg~anthropic~s"}),
        told("tool-plan-delta", tool_plan="I look."),
        told("tool-call-start", tool_calls={"id": "x", "function": {"name": "f", "arguments": "{"}}),
        told("tool-call-delta", tool_calls={"function": {"arguments": "}"}}),
        {"type": "tool-call-end", "index": 0},
        OVER,
    )
    assert kinds(found) == [Thought, Text, ToolCall]
    assert Signature(index=0, signature="s", maker="anthropic") in found
    assert ChoiceEnd(stop="tool") in found


def test_sources_may_come_after_the_end_of_their_text():
    citation = {"start": 0, "end": 1, "sources": [{"type": "document", "id": "doc:0"}]}
    found = run(
        START,
        told("content-delta", content={"text": "a"}),
        {"type": "content-end"},
        told("citation-start", citations=citation),
        OVER,
    )
    assert [each.citation.document for each in found if isinstance(each, Cite)] == [0]


def test_usage_comes_with_the_end():
    over = {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": {"tokens": {"input_tokens": 3}}}}
    assert Count(tally=Tally(input=3)) in run(START, over)


@pytest.mark.parametrize(
    ("event", "failure"),
    [
        (
            {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "busy"}},
            Failure(message="busy", code="ERROR"),
        ),
        (
            {"type": "message-end", "delta": {"finish_reason": "TIMEOUT"}},
            Failure(message="the provider gave up: TIMEOUT", code="TIMEOUT", status=504),
        ),
        ({"message": "invalid request"}, Failure(message="invalid request")),
    ],
)
def test_an_error_is_the_last_word(event: Any, failure: Failure):
    assert run(START, event, OVER)[-1] == failure


def test_a_stream_that_is_cut_off_has_no_end():
    assert not any(isinstance(each, End) for each in run(START, told("content-delta", content={"text": "a"})))


@pytest.mark.parametrize(
    "event",
    [
        [],
        told("tool-call-start", tool_calls={"id": "x"}),
        told("tool-call-delta", tool_calls={"function": {"arguments": "{}"}}),
        told("content-delta", content=7),
    ],
)
def test_what_makes_no_sense_is_the_providers_fault(event: Any):
    with pytest.raises(UpstreamProtocolError):
        run(event)


CONTENT = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(max_size=3),
        "thinking": st.text(max_size=3),
        "signature": st.text(max_size=3),
        "type": st.sampled_from(["text", "thinking"]),
    },
)
CALL = st.fixed_dictionaries(
    {"function": st.fixed_dictionaries({}, optional={"name": st.just("f"), "arguments": st.text(max_size=3)})},
    optional={"id": st.just("x"), "signature": st.text(max_size=3)},
)
KINDS = (
    "message-start content-start content-delta content-end tool-plan-delta tool-call-start tool-call-delta "
    "tool-call-end citation-start citation-end message-end new"
)
EVENT = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS.split())},
    optional={
        "index": st.integers(0, 2),
        "logprobs": JSON,
        "delta": st.fixed_dictionaries(
            {},
            optional={
                "message": st.fixed_dictionaries(
                    {},
                    optional={
                        "content": CONTENT,
                        "tool_calls": CALL,
                        "tool_plan": st.text(max_size=3),
                        "citations": JSON,
                    },
                ),
                "finish_reason": st.sampled_from(["COMPLETE", "TOOL_CALL", "ERROR", "odd"]),
                "usage": JSON,
            },
        ),
    },
)


@given(st.lists(EVENT, max_size=8))
def test_whatever_comes_is_told_to_the_caller_or_the_providers_fault(events: list[Any]):
    try:
        found = run(*events)
    except UpstreamProtocolError:
        return
    written = CohereStreamWriter(read()).write(found)
    again = CohereStreamReader(2**20)
    heard = again.feed(written) + again.finish()
    assert [each for each in heard if isinstance(each, End)] == [each for each in found if isinstance(each, End)]
