"""A stream passes byte for byte, and what it used up is read on its way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.llm.dialects.anthropic_messages.scene import LIMIT, event, told
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.anthropic_messages.passing import AnthropicPassing
from trigate.llm.reply import Tally

START = event({"type": "message_start", "message": {"usage": {"input_tokens": 5, "cache_read_input_tokens": 7}}})
TEXT = event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "twelve bytes"}})
TRICK = event(
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": '"message_stop" error'}}
)
STOPPED = event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}})
STOP = event({"type": "message_stop"})
FAILED = event({"type": "error", "error": {"type": "overloaded_error", "message": "Full"}})
WHOLE = START + TEXT + TRICK + TEXT + STOPPED + STOP


def pass_on(data: bytes, size: int = 0) -> tuple[AnthropicPassing, bytes]:
    passing = AnthropicPassing(LIMIT)
    step = size or len(data) or 1
    passed = b"".join(passing.feed(data[start : start + step]) for start in range(0, len(data), step))
    return passing, passed + passing.finish()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, len(WHOLE)), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_every_byte_comes_through_and_the_last_event_is_kept_back(size: int, line_end: bytes) -> None:
    data = WHOLE.replace(b"\n", line_end)
    passing, passed = pass_on(data, size)
    assert passed + passing.last == data
    assert told(passing.last.strip()) == told(STOP)
    assert passing.tally == Tally(input=5, cache_read=7, output=2)
    assert not passing.failed


def test_a_stream_that_only_lacks_its_last_event_gets_it() -> None:
    passing, passed = pass_on(START + STOPPED)
    assert passed == START + STOPPED
    assert told(passing.last) == told(STOP)


def test_a_last_event_without_its_empty_line_counts() -> None:
    passing, _ = pass_on(START + STOPPED + STOP.rstrip(b"\n"))
    assert b"message_stop" in passing.last


@pytest.mark.parametrize("data", [b"", START, START + TEXT, START + TEXT + STOPPED[:30]])
def test_a_stream_that_is_cut_off_has_no_last_event(data: bytes) -> None:
    passing, passed = pass_on(data)
    assert passing.last == b""
    assert STOPPED[:30] not in passed


def test_an_error_is_passed_on_and_noticed() -> None:
    passing, passed = pass_on(START + TEXT + FAILED)
    assert passed == START + TEXT + FAILED
    assert passing.failed
    assert passing.last == b""


@pytest.mark.parametrize("usage", ['{"output_tokens":-1}', '{"output_tokens":"x"}', "5"])
def test_an_absurd_usage_is_not_believed(usage: str) -> None:
    absurd = b'event: message_delta\ndata: {"type":"message_delta","usage":%b}\n\n' % usage.encode()
    passing, passed = pass_on(START + absurd)
    assert passed == START + absurd
    assert passing.tally == Tally(input=5, cache_read=7)


def test_an_event_that_is_too_large_is_refused() -> None:
    with pytest.raises(UpstreamProtocolError):
        AnthropicPassing(100).feed(b"data: " + b"x" * 100)


def test_nothing_follows_the_last_event() -> None:
    passing, passed = pass_on(START + STOPPED + STOP + TEXT)
    assert passed == START + STOPPED
    assert passing.feed(TEXT) == b""


def test_what_was_said_is_estimated_from_its_size() -> None:
    passing = AnthropicPassing(LIMIT)
    assert passing.spoken() == 0
    passing.feed(START)
    assert passing.spoken() >= 1
    before = passing.spoken()
    for _ in range(100):
        passing.feed(TEXT)
    assert 200 <= passing.spoken() - before <= 500


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([START, TEXT, STOPPED, STOP, FAILED, b"\n", b"\r\n"]) | st.binary(max_size=8), max_size=8)
)
def test_any_bytes_pass(data: list[bytes]) -> None:
    pass_on(b"".join(data), 3)
