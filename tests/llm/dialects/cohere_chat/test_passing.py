"""A stream that goes through: bytes verbatim, usage read in passing, ends that are and are not ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.cohere_chat.passing import CoherePassing
from trigate.llm.event_stream import write_event
from trigate.llm.reply import Tally

WORD = write_event(
    b'{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"hello"}}}}', "content-delta"
)
OVER = write_event(
    b'{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":3,"output_tokens":2}}}}',
    "message-end",
)
FAILED = write_event(b'{"type":"message-end","delta":{"finish_reason":"ERROR","error":"busy"}}', "message-end")
DONE = b"data: [DONE]\n\n"


def test_a_block_of_events_passes_as_the_same_object():
    block = WORD * 5
    assert CoherePassing(2**20).feed(block) is block


@given(st.lists(st.integers(1, 40), min_size=1), st.booleans())
def test_in_whatever_pieces_it_comes_all_of_it_passes(sizes: list[int], done: bool):
    data = WORD * 3 + OVER + (DONE if done else b"")
    passing, rest, passed = CoherePassing(2**20), data, b""
    while rest:
        size = sizes[len(rest) % len(sizes)]
        passed += passing.feed(rest[:size])
        rest = rest[size:]
    assert passed + passing.finish() + passing.last == data
    assert passing.last
    assert passing.tally == Tally(input=3, output=2)


def test_a_stream_that_is_cut_off_has_no_last_event():
    passing = CoherePassing(2**20)
    passing.feed(WORD + WORD[:20])
    assert passing.finish() == b""
    assert passing.last == b""
    assert not passing.failed


@pytest.mark.parametrize("failure", [FAILED, write_event(b'{"message":"invalid request"}')])
def test_an_error_passes_and_is_no_end(failure: bytes):
    passing = CoherePassing(2**20)
    assert passing.feed(WORD + failure) == WORD + failure
    assert passing.finish() + passing.last == b""
    assert passing.failed


def test_what_was_said_is_estimated_until_it_is_counted():
    passing = CoherePassing(2**20)
    assert passing.spoken() == 0
    passing.feed(WORD * 100)
    assert 100 <= passing.spoken() <= 400
    assert passing.tally is None


def test_nothing_passes_after_the_end():
    passing = CoherePassing(2**20)
    passing.feed(OVER + DONE)
    assert passing.feed(WORD) == b""


def test_an_event_has_a_bound():
    with pytest.raises(UpstreamProtocolError, match="more than 10 bytes"):
        CoherePassing(10).feed(b"data: aaaaaaaaaaa")
