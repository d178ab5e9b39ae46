"""A stream that goes through: byte for byte, but for its last event, which waits; usage and errors are seen."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.llm.dialects.openai_responses.scene import response, stream
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.openai_responses.passing import ResponsesPassing

USAGE = {"input_tokens": 20, "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 4}}
CREATED = {"type": "response.created", "response": response(status="in_progress")}
DELTA = {"type": "response.output_text.delta", "delta": 'said response.completed, "error" and all'}
COMPLETED = {"type": "response.completed", "response": response(usage=USAGE, service_tier="flex")}


def pass_on(data: bytes, size: int = 0) -> tuple[ResponsesPassing, bytes]:
    passing = ResponsesPassing(2**16)
    step = size or len(data)
    passed = b"".join(passing.feed(data[start : start + step]) for start in range(0, len(data), step))
    return passing, passed + passing.finish()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 80), st.sampled_from(["\n", "\r\n", "\r"]))
def test_bytes_go_through_as_they_are_in_whatever_pieces(size: int, end: str) -> None:
    data = stream(CREATED, DELTA, COMPLETED).replace(b"\n", end.encode())
    passing, passed = pass_on(data, size)
    assert passed + passing.last == data
    assert passing.tally is not None


def test_the_last_event_waits_and_its_usage_is_known() -> None:
    passing, passed = pass_on(stream(CREATED, DELTA, COMPLETED))
    assert b"output_text.delta" in passed
    assert json.loads(passing.last.split(b"data: ")[1])["type"] == "response.completed"
    assert passing.tally is not None
    assert (passing.tally.input, passing.tally.output, passing.tally.reasoning) == (20, 5, 4)
    assert passing.tally.service_tier == "flex"
    assert not passing.failed


def test_what_comes_after_the_last_event_stays_behind_it() -> None:
    data = stream(COMPLETED) + b"data: [DONE]\n\n"
    passing, passed = pass_on(data, 200)
    assert (passed, passing.last) == (b"", data)


def test_an_answer_that_is_cut_by_its_bound_is_complete() -> None:
    passing, _ = pass_on(stream({**COMPLETED, "type": "response.incomplete"}))
    assert passing.last
    assert passing.tally is not None


@pytest.mark.parametrize(
    "event", [{"type": "error", "message": "x"}, {"type": "response.failed", "response": response(usage=USAGE)}]
)
def test_an_error_is_seen_and_completes_nothing(event: dict[str, object]) -> None:
    data = stream(CREATED, event)
    passing, passed = pass_on(data)
    assert passed == data
    assert passing.failed
    assert not passing.last


def test_an_error_without_a_type_is_seen() -> None:
    passing, _ = pass_on(b'data: {"error": {"message": "x"}}\n\n')
    assert passing.failed


def test_words_about_errors_are_none() -> None:
    passing, _ = pass_on(stream(CREATED, DELTA))
    assert not passing.failed


def test_what_a_failed_answer_used_up_is_known() -> None:
    passing, _ = pass_on(stream({"type": "response.failed", "response": response(usage=USAGE)}))
    assert passing.tally is not None


def test_half_an_event_at_the_end_is_not_passed_on() -> None:
    passing, passed = pass_on(stream(CREATED) + stream(COMPLETED)[:-30])
    assert passed == stream(CREATED)
    assert not passing.last


def test_a_last_event_without_an_empty_line_counts() -> None:
    passing, _ = pass_on(stream(CREATED) + stream(COMPLETED)[:-2])
    assert passing.tally is not None
    assert passing.last


def test_an_event_that_is_too_large_is_refused() -> None:
    with pytest.raises(UpstreamProtocolError):
        ResponsesPassing(9).feed(b"data: 1234567890")


def test_what_was_said_is_estimated_where_nobody_counts() -> None:
    delta = {"type": "response.output_text.delta", "item_id": "msg_1", "delta": "12345678"}
    passing, _ = pass_on(stream(*[delta] * 100), 300)
    assert 100 <= passing.spoken() <= 200
    assert ResponsesPassing(9).spoken() == 0


@pytest.mark.parametrize(
    "data",
    [
        b"data: response.completed\n\n",
        b"event: response.completed\n\n",
        b'data: {"response"\n\n',
        b'data: {"response":{}}\n\n',
    ],
)
def test_what_only_looks_like_the_last_event_goes_through(data: bytes) -> None:
    passing, passed = pass_on(data)
    assert passed == data
    assert not passing.last
