"""A provider's stream is understood event by event, and never believed complete if it is not."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.llm.dialects.anthropic_messages.scene import LIMIT, event
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Citation, Opaque, Text, Thought, ToolCall
from trigate.llm.dialects.anthropic_messages.stream_reader import AnthropicStreamReader
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

START = event({"type": "message_start", "message": {"id": "m1", "model": "m", "usage": {"input_tokens": 5}}})
STOPPED = event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}})
STOP = event({"type": "message_stop"})


def begin(block: Any, index: int = 0) -> bytes:
    return event({"type": "content_block_start", "index": index, "content_block": block})


def delta(index: int = 0, **members: Any) -> bytes:
    return event({"type": "content_block_delta", "index": index, "delta": members})


def end(index: int = 0) -> bytes:
    return event({"type": "content_block_stop", "index": index})


def read(*data: bytes) -> list[Event]:
    reader = AnthropicStreamReader(LIMIT)
    return [*reader.feed(b"".join(data)), *reader.finish()]


def parts(*data: bytes) -> list[Event]:
    """What is told between the beginning and the end."""
    return read(START, *data, STOPPED, STOP)[1:-3]


def test_a_text_is_told_piece_by_piece() -> None:
    told = read(START, begin({"type": "text", "text": ""}), delta(type="text_delta", text="a"), end(), STOPPED, STOP)
    assert told == [
        Begin(id="m1", model="m", tally=Tally(input=5)),
        PartBegin(index=0, part=Text(text="", form={"text": ""})),
        Delta(index=0, text="a"),
        PartEnd(index=0),
        Count(tally=Tally(input=5, output=2)),
        ChoiceEnd(stop="end"),
        End(),
    ]


def test_a_thought_is_signed_by_its_maker() -> None:
    hidden = {"type": "redacted_thinking", "data": "tg~openai~gAAA"}
    told = parts(
        begin({"type": "thinking", "thinking": "", "signature": ""}),
        delta(type="thinking_delta", thinking="t"),
        delta(type="signature_delta", signature="Eabc"),
        end(),
        begin(hidden, 1),
        end(1),
    )
    assert told[1:4] == [
        Delta(index=0, text="t"),
        Signature(index=0, signature="Eabc", maker="anthropic"),
        PartEnd(index=0),
    ]
    assert told[4] == PartBegin(index=1, part=Thought(redacted=True))
    assert told[5] == Signature(index=1, signature="gAAA", maker="openai")


def test_arguments_of_a_tool_come_in_pieces_and_are_never_left_unsaid() -> None:
    call = {"type": "tool_use", "id": "a", "name": "n", "input": {}}
    told = parts(
        begin(call),
        delta(type="input_json_delta", partial_json=""),
        delta(type="input_json_delta", partial_json='{"a":1}'),
        end(),
        begin(call, 1),
        end(1),
        begin({**call, "input": {"b": 2}}, 2),
        end(2),
    )
    assert told[0] == PartBegin(index=0, part=ToolCall(id="a", name="n", arguments=""))
    assert [each.text for each in told if isinstance(each, Delta)] == ['{"a":1}', "{}", '{"b":2}']


def test_what_the_beginning_of_a_block_says_already_is_told() -> None:
    told = parts(begin({"type": "text", "text": "a", "citations": [{"type": "x", "cited_text": "q"}]}), end())
    assert told[1:3] == [Delta(index=0, text="a"), Cite(index=0, citation=Citation(quote="q", extra={"type": "x"}))]


def test_a_tool_of_the_providers_own_is_told_as_it_is() -> None:
    block = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    told = parts(begin(block, 7), end(7))
    assert told[0] == PartBegin(
        index=0, part=Opaque(dialect="anthropic_messages", kind="web_search_tool_result", value=block)
    )


def test_an_error_ends_everything() -> None:
    failed = event({"type": "error", "error": {"type": "overloaded_error", "message": "Full"}})
    assert read(START, failed, STOPPED, STOP)[1:] == [Failure(message="Full", code="overloaded_error", status=529)]
    assert read(b'data: {"type":"error","error":null}\n\n') == [Failure(message="the provider gave up")]


@pytest.mark.parametrize(
    "data",
    [
        (),
        (START,),
        (START, begin({"type": "text", "text": ""}), delta(type="text_delta", text="a")),
        (START, event({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 1}})),
    ],
)
def test_a_stream_that_is_cut_off_has_no_end(data: tuple[bytes, ...]) -> None:
    assert not any(isinstance(each, End | ChoiceEnd) for each in read(*data))


def test_a_stream_that_said_why_it_ends_is_complete_without_the_last_event() -> None:
    assert read(START, STOPPED)[-1] == End()
    assert read(START, STOPPED.rstrip(b"\n"))[-1] == End()


def test_blocks_left_open_end_before_the_answer_does() -> None:
    told = read(START, begin({"type": "text", "text": ""}), STOPPED, STOP)
    assert [type(each) for each in told[-4:]] == [Count, PartEnd, ChoiceEnd, End]


def test_an_absurd_usage_is_not_told() -> None:
    absurd = event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": -3}})
    assert not any(isinstance(each, Count) for each in read(START, absurd, STOP))


@pytest.mark.parametrize(
    "data",
    [
        delta(type="text_delta", text="a"),
        end(),
        STOP,
        begin({"type": "text"}),
        begin({"type": "text", "text": ""}, -1),
        begin({"type": "text", "text": ""}) * 2,
        begin({"type": "text", "text": ""}) + delta(type="citations_delta", citation={"cited_text": 5}),
        b"data: {\n\n",
        b"data: " + b"x" * LIMIT,
    ],
)
def test_what_makes_no_sense_is_the_providers_fault(data: bytes) -> None:
    with pytest.raises(UpstreamProtocolError):
        read(START, data)


PIECES = st.sampled_from(
    [
        START,
        STOPPED,
        STOP,
        begin({"type": "text", "text": ""}),
        begin({"type": "tool_use", "id": "a", "name": "n", "input": {}}, 1),
        delta(type="text_delta", text="a"),
        delta(1, type="input_json_delta", partial_json="{}"),
        delta(1, type="text_delta"),
        end(),
        end(1),
        b"data: {}\n\n",
        b": comment\n\n",
        b'data: {"type":"ping"}\n\n',
        b"event: error\n",
    ]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=10), max_size=8))
def test_any_stream_is_understood_or_is_the_providers_fault(data: list[bytes]) -> None:
    with suppress(UpstreamProtocolError):
        told = read(*data)
        ends = [type(each) for each in told if isinstance(each, End | Failure)]
        assert len(ends) <= 1
        begun = [each.index for each in told if isinstance(each, PartBegin)]
        assert begun == list(range(len(begun)))
