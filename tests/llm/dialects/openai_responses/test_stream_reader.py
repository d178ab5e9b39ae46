"""A provider's stream, understood in whatever order and pieces it comes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.llm.dialects.openai_responses.scene import LIMIT, message, read, response, stream
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Opaque, Text, Thought, ToolCall
from trigate.llm.dialects.openai_responses.dialect import DIALECT
from trigate.llm.dialects.openai_responses.stream_reader import ResponsesReader
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
)

CREATED = {"type": "response.created", "response": response(status="in_progress")}
COMPLETED = {"type": "response.completed", "response": response()}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"}


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(each) for each in events]


def delta(kind: str, text: str, **members: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "output_index": 0, "delta": text, **members}


def added(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.added", "output_index": 0, "item": item}


def done(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": 0, "item": item}


def texts(events: list[Event]) -> str:
    return "".join(each.text for each in events if isinstance(each, Delta))


def test_a_text_begins_with_the_first_that_is_heard_of_it() -> None:
    events = read(CREATED, delta("output_text", "Hi", content_index=0), COMPLETED)
    assert kinds(events) == [Begin, PartBegin, Delta, PartEnd, ChoiceEnd, End]
    assert texts(events) == "Hi"


def test_what_was_not_told_piece_by_piece_is_told_at_the_end_of_its_item() -> None:
    events = read(CREATED, added(message("")), done(message("Hello.")), COMPLETED)
    assert texts(events) == "Hello."


def test_what_was_not_told_at_all_is_told_by_the_whole_response() -> None:
    whole = {"type": "response.completed", "response": response(message("Hello."), CALL)}
    events = read(CREATED, whole)
    assert texts(events) == "Hello.{}"
    assert [each.stop for each in events if isinstance(each, ChoiceEnd)] == ["tool"]


def test_a_whole_response_alone_is_a_stream() -> None:
    usage = {"input_tokens": 3, "output_tokens": 2}
    events = read({"type": "response.completed", "response": response(message("Hello."), usage=usage)})
    assert kinds(events) == [Begin, PartBegin, Delta, PartEnd, ChoiceEnd, Count, End]


def test_arguments_that_come_at_once_are_not_lost() -> None:
    events = read(CREATED, added({**CALL, "arguments": ""}), done({**CALL, "arguments": '{"a":1}'}), COMPLETED)
    part = next(each.part for each in events if isinstance(each, PartBegin))
    assert isinstance(part, ToolCall)
    assert part.arguments == ""
    assert texts(events) == '{"a":1}'


def test_the_signature_of_a_thought_comes_before_its_end() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": []}
    summary = {"type": "response.reasoning_summary_part.added", "summary_index": 0, "part": {"type": "summary_text"}}
    say = delta("reasoning_summary_text", "Hm.", summary_index=0)
    events = read(CREATED, added(item), summary, say, done({**item, "encrypted_content": "sealed"}), COMPLETED)
    assert kinds(events) == [Begin, PartBegin, Delta, Signature, PartEnd, ChoiceEnd, End]
    signature = next(each for each in events if isinstance(each, Signature))
    assert (signature.signature, signature.maker) == ("sealed", "openai")


def test_two_pieces_of_a_summary_are_two_thoughts_of_one_identifier() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": []}
    says = [delta("reasoning_summary_text", text, summary_index=place) for place, text in enumerate("ab")]
    events = read(CREATED, added(item), *says, done(item), COMPLETED)
    thoughts = [each.part for each in events if isinstance(each, PartBegin)]
    assert [(each.id, each.summarised) for each in thoughts if isinstance(each, Thought)] == [("rs_1", True)] * 2
    assert kinds(events).count(PartEnd) == 2


def test_a_thought_that_is_sealed_alone_is_redacted() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"}
    events = read(CREATED, added({**item, "encrypted_content": None}), done(item), COMPLETED)
    part = next(each.part for each in events if isinstance(each, PartBegin))
    assert isinstance(part, Thought)
    assert part.redacted
    assert part.signature == "sealed"


def test_a_source_belongs_to_its_text() -> None:
    note = {"type": "url_citation", "url": "https://example.com", "title": "T", "start_index": 0, "end_index": 2}
    noted = {"type": "response.output_text.annotation.added", "content_index": 0, "annotation": note}
    events = read(CREATED, delta("output_text", "Hi", content_index=0), noted, COMPLETED)
    cite = next(each for each in events if isinstance(each, Cite))
    assert (cite.index, cite.citation.url, cite.citation.end) == (0, "https://example.com", 2)


def test_an_item_of_another_kind_is_kept_whole() -> None:
    item = {"type": "web_search_call", "id": "ws_1"}
    events = read(CREATED, added(item), done({**item, "status": "completed"}), COMPLETED)
    part = next(each.part for each in events if isinstance(each, PartBegin))
    assert isinstance(part, Opaque)
    assert part.value["status"] == "completed"


@pytest.mark.parametrize(
    ("event", "code", "status"),
    [
        ({"type": "error", "message": "Slow.", "code": "rate_limit_exceeded"}, "rate_limit_exceeded", 429),
        ({"type": "error", "error": {"message": "Slow.", "type": "server_error"}}, "server_error", 500),
        (
            {"type": "response.failed", "response": response(error={"code": "invalid_prompt", "message": "Slow."})},
            "invalid_prompt",
            400,
        ),
    ],
)
def test_an_error_in_the_middle_is_a_failure_and_nothing_follows(event: dict[str, Any], code: str, status: int) -> None:
    events = read(CREATED, event, COMPLETED)
    assert kinds(events) == [Begin, Failure]
    failure = events[-1]
    assert isinstance(failure, Failure)
    assert (failure.message, failure.code, failure.status) == ("Slow.", code, status)


def test_an_error_without_a_type_is_a_failure_too() -> None:
    reader = ResponsesReader(LIMIT)
    events = reader.feed(b'data: {"error": {"message": "Slow."}}\n\n')
    assert kinds(events) == [Failure]


def test_an_answer_that_never_completes_has_no_end() -> None:
    assert End not in kinds(read(CREATED, delta("output_text", "Hi", content_index=0)))


def test_half_an_event_says_nothing() -> None:
    reader = ResponsesReader(LIMIT)
    reader.feed(stream(CREATED))
    assert reader.feed(stream(COMPLETED)[:-10]) == []
    assert reader.finish() == []


def test_a_last_event_without_an_empty_line_is_heard() -> None:
    reader = ResponsesReader(LIMIT)
    reader.feed(stream(CREATED) + stream(COMPLETED)[:-2])
    assert kinds(reader.finish()) == [ChoiceEnd, End]


def test_the_mark_of_other_streams_ends_nothing() -> None:
    reader = ResponsesReader(LIMIT)
    assert reader.feed(b"data: [DONE]\n\n") == []


@pytest.mark.parametrize("data", [b"data: {\n\n", b"data: []\n\n", b"data: 3\n\n", b"data: " + b"[" * 9999 + b"\n\n"])
def test_what_is_no_event_is_the_providers_fault(data: bytes) -> None:
    with pytest.raises(UpstreamProtocolError):
        ResponsesReader(LIMIT).feed(data)


def test_an_event_that_is_too_large_is_refused() -> None:
    with pytest.raises(UpstreamProtocolError, match="more than 9 bytes"):
        ResponsesReader(9).feed(b"data: {}            ")


def test_usage_that_cannot_be_true_is_not_told() -> None:
    whole = response(usage={"input_tokens": -1})
    assert Count not in kinds(read(CREATED, {"type": "response.completed", "response": whole}))


wild = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
ITEMS = st.sampled_from(
    [
        CALL,
        message("Hi"),
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "s"}]},
        {"type": "x"},
    ]
)
KINDS = [
    "response.created",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.reasoning_summary_part.added",
    "response.output_text.delta",
    "response.refusal.delta",
    "response.reasoning_text.delta",
    "response.reasoning_summary_text.delta",
    "response.function_call_arguments.delta",
    "response.custom_tool_call_input.delta",
    "response.output_text.annotation.added",
    "response.completed",
    "response.incomplete",
    "response.failed",
    "response.future",
    "error",
]
PIECES = st.sampled_from([{"type": kind} for kind in ("output_text", "refusal", "reasoning_text", "summary_text", "x")])
sane = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional={
        "output_index": st.integers(0, 2),
        "content_index": st.integers(0, 1),
        "summary_index": st.integers(0, 1),
        "delta": st.text(max_size=3),
        "item": ITEMS,
        "part": PIECES,
        "response": st.just(response(message("Hi"), CALL)),
        "annotation": st.just({"type": "url_citation", "url": "u"}),
    },
)
NAMES = ["output_index", "content_index", "delta", "item", "part", "response", "annotation", "logprobs", "error"]
absurd = st.builds(lambda kind, rest: {**rest, **kind}, sane, st.dictionaries(st.sampled_from(NAMES), wild))


@settings(max_examples=100, deadline=None)
@given(st.lists(sane | absurd, max_size=8))
def test_absurd_streams_are_the_providers_fault_alone_and_keep_their_order(told: list[dict[str, Any]]) -> None:
    try:
        events = read(*told)
    except UpstreamProtocolError:
        return
    check_order(events)
    DIALECT.stream_writer(DIALECT.read_ask({"model": "m"}, "m", streamed=True)).write(events)


def check_order(events: list[Event]) -> None:
    """Parts are numbered as they begin, speak while they are open, and end before the answer does."""
    open_parts: set[int] = set()
    begun = 0
    for event in events:
        if isinstance(event, PartBegin):
            assert event.index == begun
            begun += 1
            open_parts.add(event.index)
        elif isinstance(event, Delta | Cite | Signature):
            assert event.index in open_parts
        elif isinstance(event, PartEnd):
            open_parts.remove(event.index)
        elif isinstance(event, ChoiceEnd):
            assert not open_parts
    assert not any(isinstance(each, Text) and each.text for each in events)
