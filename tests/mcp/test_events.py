"""Events are read alike however they are cut, and never beyond their bound."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.mcp.events import EventReader, event

STREAM = (
    b"\xef\xbb\xbf: hello\n\nid: 1\ndata:\n\nevent: message\r\ndata: one\r\n\r\ndata: two\rdata:three\r\rretry: 5\n\n"
    b'data: {"a":1}\nid: x\n\nother: y\n\ndata: four\r\n\ndata: lost'
)
DATA = [b"one", b"two\nthree", b'{"a":1}', b"four"]


def feed(reader: EventReader, pieces: list[bytes]) -> list[bytes]:
    return [data for piece in pieces for data in reader.feed(piece)]


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_every_cut_gives_the_same_events(cuts: list[int]):
    borders = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in pairwise(borders)]
    assert feed(EventReader(10_000), pieces) == DATA


def test_one_byte_at_a_time_is_enough():
    assert feed(EventReader(10_000), [STREAM[i : i + 1] for i in range(len(STREAM))]) == DATA


@pytest.mark.parametrize("text", [b"data: " + b"x" * 2000, b"data: xxxx\n" * 300, b"x" * 2000])
@pytest.mark.parametrize("size", [7, 5000])
def test_an_event_beyond_the_limit_is_refused(text: bytes, size: int):
    reader = EventReader(1000)
    with pytest.raises(UpstreamProtocolError):
        feed(reader, [text[i : i + size] for i in range(0, len(text), size)])


def test_many_small_events_are_no_large_one():
    assert len(feed(EventReader(1000), [b"data: x\n\n"] * 5000)) == 5000


@given(text=st.text())
def test_a_written_event_is_read_back(text: str):
    message = text.encode("utf-8", "surrogatepass").replace(b"\n", b" ").replace(b"\r", b" ")
    found = EventReader(100_000).feed(event(message))
    assert found == ([message] if message else [])


def test_line_breaks_between_tokens_become_spaces():
    assert event(b'{\r\n"a":1\n}') == b'event: message\ndata: {  "a":1 }\n\n'
