"""Streams that go through as they are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.dialects.bedrock_converse.test_stream_reader import END, START, USAGE, delta, frame, stop
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.bedrock_converse.passing import ConversePassing

STREAM = START + delta(0, text="Hello, ") + delta(0, text="messageStop") + stop(0) + END + USAGE


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=6).map(sorted))
def test_however_it_is_torn_it_comes_whole(cuts: list[int]):
    passing = ConversePassing(10**6)
    passed = b"".join(passing.feed(STREAM[a:b]) for a, b in pairwise([0, *cuts, len(STREAM)]))
    assert passing.last == USAGE
    assert passed + passing.finish() + passing.last == STREAM
    assert passing.tally is not None
    assert (passing.tally.input, passing.tally.output) == (5, 2)


def test_a_stream_without_usage_is_complete_at_its_end():
    passing = ConversePassing(10**6)
    passed = passing.feed(START + END)
    assert (passed, passing.last) == (START, b"")
    assert passing.finish() == b""
    assert passing.last == END


def test_a_stream_that_was_cut_off_has_no_last_word():
    passing = ConversePassing(10**6)
    assert passing.feed(START + delta(0, text="a") + stop(0)[:9]) == START + delta(0, text="a")
    assert (passing.finish(), passing.last, passing.failed) == (b"", b"", False)


def test_an_exception_is_seen():
    passing = ConversePassing(10**6)
    error = frame("throttlingException", {"message": "Slow"}, "exception")
    assert passing.feed(START + error) == START + error
    assert passing.failed
    passing.finish()
    assert passing.last == b""


def test_a_damaged_prelude_is_refused():
    with pytest.raises(UpstreamProtocolError):
        ConversePassing(10**6).feed(b"\x00" * 12)


def test_a_frame_that_is_too_large_is_refused():
    with pytest.raises(UpstreamProtocolError):
        ConversePassing(20).feed(START)


def test_what_was_said_is_estimated():
    passing = ConversePassing(10**6)
    assert passing.spoken() == 0
    for _ in range(100):
        passing.feed(delta(0, text="four words of text"))
    assert 300 <= passing.spoken() <= 700
