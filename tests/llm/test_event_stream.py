"""Server-sent events are the same events in whatever pieces they come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.event_stream import EventReader, ServerEvent, write_event

STREAM = (
    b"\xef\xbb\xbfdata: 1\n\n: comment\n\nevent: a\r\ndata:2\r\ndata: 3\r\n\r\n"
    b"event: lost\n\nid: 7\rdata: \xc3\xa4\r\rdata\n\n"
)
EVENTS = [ServerEvent("", b"1"), ServerEvent("a", b"2\n3"), ServerEvent("", "ä".encode()), ServerEvent("", b"")]


@given(st.lists(st.integers(0, len(STREAM))))
def test_every_cut_gives_the_same_events(cuts: list[int]) -> None:
    reader = EventReader(1000)
    places = sorted({0, len(STREAM), *cuts})
    found = [each for start, end in pairwise(places) for each in reader.feed(STREAM[start:end])]
    assert found + reader.finish() == EVENTS


def test_the_last_empty_line_may_be_missing() -> None:
    reader = EventReader(100)
    assert reader.feed(b"data: x") == []
    assert reader.finish() == [ServerEvent("", b"x")]
    assert reader.finish() == []


def test_an_event_without_end_is_refused() -> None:
    reader = EventReader(10)
    with pytest.raises(UpstreamProtocolError, match="more than 10 bytes"):
        reader.feed(b"data: 123456789")


@pytest.mark.parametrize("event", ["", "message_stop"])
def test_what_is_written_is_read(event: str) -> None:
    assert EventReader(100).feed(write_event(b'{"a":1}', event)) == [ServerEvent(event, b'{"a":1}')]
