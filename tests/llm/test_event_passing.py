"""Streams that are no chats: events whole, the last one kept for the end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.event_passing import EventPassing
from trigate.llm.reply import Tally
from trigate.llm.task_usage import read_answer

SKETCH = b'event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"AA"}\n\n'
MADE = b'data: {"type":"image_generation.completed","usage":{"input_tokens":3,"output_tokens":5}}\n\n'
FAILED = b'event: error\ndata: {"type":"error","error":{"message":"no"}}\n\n'


def passing(limit: int = 1000) -> EventPassing:
    return EventPassing(limit, lambda data: read_answer(data).tally())


@given(st.lists(st.integers(0, 3 * len(SKETCH)), max_size=6))
def test_however_it_is_torn_it_comes_whole(cuts: list[int]):
    stream = SKETCH + MADE + SKETCH + MADE
    told = passing()
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    passed = b"".join(told.feed(stream[start:end]) for start, end in pairwise(places))
    passed += told.finish()
    assert (passed, told.last) == (SKETCH + MADE + SKETCH, MADE)
    assert told.tally == Tally(input=6, output=10)
    assert not told.failed


def test_the_last_event_may_lack_its_empty_line():
    told = passing()
    assert told.feed(SKETCH + MADE[:-1]) == SKETCH
    assert (told.finish(), told.last.strip()) == (b"", MADE.strip())


def test_a_stream_that_ends_in_the_middle_has_no_last_event():
    told = passing()
    assert told.feed(SKETCH) + told.finish() == SKETCH
    assert told.last == b""


def test_an_error_is_passed_on_and_known():
    told = passing()
    assert told.feed(FAILED) + told.finish() == FAILED
    assert told.failed
    assert told.last == b""
    assert told.spoken() == 0


def test_an_event_is_bounded():
    with pytest.raises(UpstreamProtocolError):
        passing(10).feed(b"data: 1234567890")
