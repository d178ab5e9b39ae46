"""Anthropic's answers in Bedrock's frames."""

import json
from base64 import b64decode
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.golden.book import HERE
from tests.llm.scene import Caller
from tests.policy.toys import FakeSpool, Stage
from trigate.core.parts import END, Data, Head
from trigate.llm.dialects.bedrock_converse.frame import Frame, FrameReader
from trigate.llm.enframing import EnframingSink, enframe

STREAM = (HERE / "streams/anthropic_messages/text.txt").read_bytes()
SAID = [json.loads(line[6:]) for line in STREAM.split(b"\n") if line.startswith(b"data: ")]


def caller() -> Caller:
    nothing: Any = None
    return Caller(nothing, Stage(), FakeSpool())


def frames(data: bytes) -> list[Frame]:
    return FrameReader(10**6).feed(data)


def contents(data: bytes) -> list[Any]:
    return [json.loads(b64decode(json.loads(each.payload)["bytes"])) for each in frames(data)]


def sent(edge: Caller) -> bytes:
    return b"".join(part.payload for part in edge.parts if isinstance(part, Data))


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=6).map(sorted))
def test_however_a_stream_is_torn_each_event_is_a_frame(cuts: list[int]):
    edge = caller()
    sink = EnframingSink(edge)
    sink.begin(Head(200, []))
    edges = [0, *cuts, len(STREAM)]
    *pieces, last = [STREAM[a:b] for a, b in pairwise(edges)]
    for piece in pieces:
        sink.put(Data(piece))
    end = sink.last(Data(last))
    assert isinstance(end, Data)
    assert contents(sent(edge) + end.payload) == SAID


def test_a_whole_answer_stays_as_it_is():
    edge = caller()
    sink = EnframingSink(edge)
    sink.begin(Head(200, []))
    assert sink.last(Data(b'{"id":"msg"}')) == Data(b'{"id":"msg"}')
    assert sink.last(END) is END


def test_a_comment_at_the_end_of_a_stream_is_not_told():
    edge = caller()
    sink = EnframingSink(edge)
    sink.begin(Head(200, []))
    sink.put(Data(STREAM))
    assert sink.last(Data(b": lost: seed\n\n")) == Data(b"")
    assert contents(sent(edge)) == SAID


def test_a_ping_is_a_frame_and_a_comment_is_none():
    assert contents(enframe(b'event: ping\ndata: {"type": "ping"}\n\n')) == [{"type": "ping"}]
    assert enframe(b": waiting\n\n") == b""


@pytest.mark.parametrize(
    ("kind", "name"), [("rate_limit_error", "throttlingException"), ("overloaded_error", "serviceUnavailableException")]
)
def test_a_failure_within_a_stream_is_an_exception(kind: str, name: str):
    error = json.dumps({"type": "error", "error": {"type": kind, "message": "too much"}}).encode()
    (frame,) = frames(enframe(b"event: error\ndata: " + error + b"\n\n"))
    assert frame.headers[":message-type"] == "exception"
    assert frame.headers[":exception-type"] == name
    assert json.loads(frame.payload) == {"message": "too much"}


def test_a_failure_nobody_understands_is_one_too():
    (frame,) = frames(enframe(b"event: error\ndata: 5\n\n"))
    assert frame.headers[":message-type"] == "exception"


def test_a_refusal_is_told_in_amazons_words():
    edge = caller()
    sink = EnframingSink(edge)
    sink.begin(Head(429, [(b"content-length", b"5"), (b"retry-after", b"3")]))
    assert not edge.parts
    last = sink.last(Data(b'{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}'))
    assert isinstance(last, Data)
    assert json.loads(last.payload) == {"__type": "ThrottlingException", "message": "slow"}
    (head,) = edge.parts
    assert isinstance(head, Head)
    assert dict(head.headers)[b"x-amzn-errortype"] == b"ThrottlingException"
    assert dict(head.headers)[b"content-length"] == b"%d" % len(last.payload)
