"""Streams that go through as they are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.gemini_content.passing import GeminiPassing

COUNTS = b'"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":%d}}\r\n\r\n'
TEXT = b'data: {"candidates":[{"content":{"parts":[{"text":"%b"}]}}],' + COUNTS
END = b'data: {"candidates":[{"finishReason": "STOP"}],' + COUNTS % 9
LATE = b"data: {" + COUNTS % 11
STREAM = TEXT % (b"a", 1) + TEXT % (b"b", 2) + END


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=6).map(sorted))
def test_however_it_is_torn_it_comes_whole(cuts: list[int]):
    passing = GeminiPassing(10**6)
    edges = [0, *cuts, len(STREAM)]
    passed = b"".join(passing.feed(STREAM[a:b]) for a, b in pairwise(edges))
    assert passing.last == b"", "nothing says that the stream is complete but its end"
    assert passed + passing.finish() + passing.last == STREAM
    assert passing.last.removeprefix(b"\n") == END  # a border may have been torn in the middle
    assert passing.tally is not None
    assert (passing.tally.input, passing.tally.output) == (5, 9)


def test_what_comes_after_the_end_is_counted():
    passing = GeminiPassing(10**6)
    assert passing.feed(STREAM) + passing.feed(LATE) + passing.finish() + passing.last == STREAM + LATE
    assert passing.last == LATE
    assert passing.tally is not None
    assert passing.tally.output == 11


def test_a_stream_that_was_cut_off_has_no_last_word():
    passing = GeminiPassing(10**6)
    assert passing.feed(TEXT % (b"a", 1)) == TEXT % (b"a", 1)
    assert (passing.finish(), passing.last, passing.failed) == (b"", b"", False)
    assert passing.tally is not None


def test_half_an_event_is_not_passed_on():
    passing = GeminiPassing(10**6)
    passing.feed(TEXT % (b"a", 1) + END[:30])
    assert (passing.finish(), passing.last) == (b"", b"")


def test_a_last_event_without_its_empty_line_is_one():
    passing = GeminiPassing(10**6)
    passed = passing.feed(TEXT % (b"a", 1) + END.rstrip())
    assert passed + passing.finish() + passing.last == TEXT % (b"a", 1) + END.rstrip()
    assert passing.last


def test_an_error_is_seen():
    passing = GeminiPassing(10**6)
    error = b'data: {"error": {"code": 503, "message": "later", "status": "UNAVAILABLE"}}\n\n'
    assert passing.feed(TEXT % (b"a", 1) + error).endswith(error)
    assert passing.failed


def test_words_that_look_like_an_end_are_no_end():
    passing = GeminiPassing(10**6)
    passing.feed(TEXT % (rb"say \"finishReason\" and \"usageMetadata\"", 1))
    passing.finish()
    assert passing.last == b""


def test_an_event_that_is_too_large_is_refused():
    with pytest.raises(UpstreamProtocolError):
        GeminiPassing(10).feed(b"data: " + b"x" * 20)


def test_what_was_said_is_estimated():
    passing = GeminiPassing(10**6)
    assert passing.spoken() == 0
    for _ in range(100):
        passing.feed(b'data: {"candidates":[{"content":{"parts":[{"text":"four words of text"}]}}]}\n\n')
    assert 300 <= passing.spoken() <= 700
    assert passing.tally is None
