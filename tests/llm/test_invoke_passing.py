"""Frames of InvokeModel that go through as they are."""

import json
from base64 import b64encode
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.bedrock_converse.frame import write_frame
from trigate.llm.invoke_passing import InvokePassing

HEAD = {":message-type": "event", ":event-type": "chunk"}
METRICS = {"inputTokenCount": 7, "outputTokenCount": 5, "invocationLatency": 9, "firstByteLatency": 2}


def frame(content: Any, **headers: str) -> bytes:
    return write_frame(
        {**HEAD, **headers}, json.dumps({"bytes": b64encode(json.dumps(content).encode()).decode()}).encode()
    )


STREAM = frame({"generation": "a"}) + frame({"generation": "b", "amazon-bedrock-invocationMetrics": METRICS})


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=6).map(sorted))
def test_however_it_is_torn_it_comes_whole(cuts: list[int]):
    passing = InvokePassing(10**6)
    edges = [0, *cuts, len(STREAM)]
    passed = b"".join(passing.feed(STREAM[a:b]) for a, b in pairwise(edges))
    assert passed + passing.finish() + passing.last == STREAM
    assert passing.last
    assert passing.tally is not None
    assert (passing.tally.input, passing.tally.output) == (7, 5)
    assert passing.spoken() == 2


def test_a_stream_that_was_cut_within_a_frame_has_no_last_word():
    passing = InvokePassing(10**6)
    passing.feed(STREAM[:-5])
    passing.finish()
    assert (passing.last, passing.tally) == (b"", None)


def test_an_exception_is_passed_on_and_known():
    passing = InvokePassing(10**6)
    broken = write_frame({":message-type": "exception", ":exception-type": "throttlingException"}, b"{}")
    assert passing.feed(frame({}) + broken) + passing.finish() == frame({}) + broken
    assert passing.failed
    assert not passing.last


def test_a_frame_that_is_too_large_is_the_providers_fault():
    with pytest.raises(UpstreamProtocolError):
        InvokePassing(20).feed(STREAM)


def test_nothing_is_no_answer():
    passing = InvokePassing(10**6)
    assert (passing.feed(b""), passing.finish(), passing.last, passing.tally, passing.failed) == (
        b"",
        b"",
        b"",
        None,
        False,
    )
