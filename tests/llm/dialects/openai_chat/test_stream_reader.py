"""A provider's stream of chunks, read into events."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.dialects.openai_chat.scene import JSON, read
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.openai_chat.stream_reader import ChatStreamReader
from trigate.llm.dialects.openai_chat.stream_writer import ChatStreamWriter
from trigate.llm.event_stream import write_event
from trigate.llm.reply import Begin, ChoiceEnd, Count, End, Event, Failure, Tally

WORD = {"id": "c", "created": 5, "model": "m", "choices": [{"index": 0, "delta": {"content": "a"}}]}
STOP = {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
DONE = b"data: [DONE]\n\n"


def run(*chunks: Any, end: bytes = DONE) -> list[Event]:
    reader = ChatStreamReader(2**16)
    return reader.feed(b"".join(write_event(json.dumps(each).encode()) for each in chunks) + end) + reader.finish()


def test_a_stream_begins_once_and_ends_once():
    found = run(WORD, WORD, STOP)
    assert found[0] == Begin(id="c", model="m", created=5)
    assert found[-2:] == [ChoiceEnd(stop="end"), End()]
    assert sum(isinstance(each, Begin | End) for each in found) == 2


def test_an_answer_is_complete_without_done_if_every_choice_is():
    assert isinstance(run(WORD, STOP, end=b"")[-1], End)
    assert not any(isinstance(each, End) for each in run(WORD, end=b""))


def test_done_completes_whatever_has_begun_and_nothing_else():
    assert run(WORD)[-2:] == [ChoiceEnd(stop="other"), End()]
    assert run() == []


def test_usage_is_counted_where_it_makes_sense():
    found = run(WORD, STOP, {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}})
    assert Count(tally=Tally(input=3, output=1)) in found
    assert not any(isinstance(each, Count) for each in run(WORD, {"choices": [], "usage": {"prompt_tokens": -3}}))


@pytest.mark.parametrize(
    ("chunk", "failure"),
    [
        ({"error": {"message": "m", "code": "overloaded"}}, Failure(message="m", code="overloaded")),
        ({"error": {"message": "m", "code": 502}}, Failure(message="m", status=502)),
        ({"error": "m"}, Failure(message="m")),
        ({"error": {"status": "429"}}, Failure(message="the provider gave up", code="429", status=429)),
        ({"choices": [{"error": {"message": "m"}, "finish_reason": "error"}]}, Failure(message="m")),
    ],
)
def test_an_error_is_the_last_word(chunk: Any, failure: Failure):
    assert run(WORD, chunk, STOP)[-1] == failure


@pytest.mark.parametrize(
    "chunk", [b"nonsense", b"[]", b'{"choices":7}', b'{"choices":[{"index":-1}]}', b'{"choices":[{"index":99999}]}']
)
def test_what_is_no_chunk_is_the_providers_fault(chunk: bytes):
    with pytest.raises(UpstreamProtocolError):
        ChatStreamReader(2**16).feed(write_event(chunk))


def test_an_event_has_a_bound():
    with pytest.raises(UpstreamProtocolError, match="more than 10 bytes"):
        ChatStreamReader(10).feed(b"data: aaaaaaaaaaaaa")


DELTA = st.fixed_dictionaries(
    {},
    optional={
        "content": st.text(max_size=4) | JSON,
        "refusal": st.text(max_size=4),
        "reasoning": JSON,
        "reasoning_details": st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["reasoning.text", "reasoning.summary", "reasoning.encrypted", "x"])},
                optional={
                    "text": JSON,
                    "data": st.text(max_size=3),
                    "signature": st.text(max_size=3),
                    "id": st.just("a"),
                },
            ),
            max_size=2,
        ),
        "tool_calls": st.lists(
            st.fixed_dictionaries(
                {"function": st.fixed_dictionaries({}, optional={"name": st.just("f"), "arguments": JSON})},
                optional={"index": st.integers(0, 2), "id": st.sampled_from(["a", "b"]), "extra_content": JSON},
            ),
            max_size=2,
        ),
        "function_call": st.fixed_dictionaries({}, optional={"name": st.just("f"), "arguments": JSON}),
        "audio": st.fixed_dictionaries({}, optional={"data": st.text(max_size=3)}),
        "annotations": JSON,
        "images": JSON,
    },
)
CHUNK = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(
            st.fixed_dictionaries(
                {"index": st.integers(0, 1), "delta": DELTA},
                optional={"finish_reason": st.sampled_from(["stop", "tool_calls", "odd"]), "logprobs": JSON},
            ),
            max_size=2,
        ),
        "usage": JSON,
        "created": JSON,
        "id": st.just("c"),
    },
)


@given(st.lists(CHUNK, max_size=6), st.booleans())
def test_whatever_comes_is_told_to_the_caller_or_the_providers_fault(chunks: list[Any], done: bool):
    try:
        found = run(*chunks, end=DONE if done else b"")
    except UpstreamProtocolError:
        return
    written = ChatStreamWriter(read()).write(found)
    again = ChatStreamReader(2**20)
    told = again.feed(written) + again.finish()
    assert [each for each in told if isinstance(each, End)] == [each for each in found if isinstance(each, End)]
