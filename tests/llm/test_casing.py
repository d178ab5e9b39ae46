"""What clouds put around a dialect: members of the body, frames around the stream."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.casing import Casing, FramedStream, failure_text, is_failure
from trigate.llm.dialects.bedrock_converse.frame import Frame, write_frame
from trigate.llm.dialects.openai_chat.passing import ChatPassing

WORD = b'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n'
DONE = b"data: [DONE]\n\n"
PART = {":message-type": "event", ":event-type": "PayloadPart"}


def body(casing: Casing, members: dict[str, Any], fields: bytes = b"") -> dict[str, Any]:
    return json.loads(casing.body(json.dumps(members).encode(), fields))


def test_members_are_put_in_and_taken_out():
    casing = Casing(added={"version": Raw(b'"v"')}, dropped=frozenset({"model", "absent"}))
    assert body(casing, {"model": "m", "x": [1]}) == {"x": [1], "version": "v"}


def test_what_the_caller_put_there_gives_way():
    assert body(Casing(added={"version": Raw(b'"v"')}), {"version": "mine"}) == {"version": "v"}


def test_beta_features_move_from_the_head_into_the_body_if_they_are_known():
    casing = Casing(betas=frozenset({"a", "c"}))
    fields = b"traceparent: t\r\nanthropic-beta: a, b,c\r\n"
    assert body(casing, {}, fields) == {"anthropic_beta": ["a", "c"]}
    assert body(casing, {}, b"anthropic-beta: b\r\n") == {}
    assert body(casing, {}, b"x-anthropic-beta: a\r\n") == {}
    assert body(Casing(), {}, fields) == {}


def test_without_frames_the_stream_is_the_same():
    inner = ChatPassing(hides_usage=False, limit=1000)
    assert Casing().stream(inner, 1000) is inner


@given(st.lists(st.integers(1, 400), max_size=8).map(sorted))
def test_a_stream_comes_out_of_its_frames_however_both_are_torn(cuts: list[int]):
    whole = WORD * 2 + USAGE + DONE
    framed = b"".join(write_frame(PART, whole[a : a + 40]) for a in range(0, len(whole), 40))
    stream = FramedStream(ChatPassing(hides_usage=False, limit=10_000), lambda frame: frame.payload, 10_000)
    passed = b""
    for start, end in pairwise([0, *[each for each in cuts if each < len(framed)], len(framed)]):
        passed += stream.feed(framed[start:end])
    assert passed + stream.last == whole
    assert stream.tally is not None
    assert (stream.tally.input, stream.tally.output) == (3, 2)
    assert stream.spoken() > 0
    assert not stream.failed


def test_a_stream_that_ends_early_has_no_last_word():
    stream = FramedStream(ChatPassing(hides_usage=False, limit=1000), lambda frame: frame.payload, 1000)
    assert stream.feed(write_frame(PART, WORD)) == WORD
    assert (stream.finish(), stream.last) == (b"", b"")


def test_a_damaged_frame_breaks_the_stream():
    stream = FramedStream(ChatPassing(hides_usage=False, limit=1000), lambda frame: frame.payload, 1000)
    with pytest.raises(UpstreamProtocolError, match="damaged"):
        stream.feed(write_frame(PART, WORD)[:-1] + b"x")


def test_a_failure_is_known_by_its_headers_and_told_by_its_payload():
    failed = Frame({":message-type": "exception", ":exception-type": "ModelStreamError"}, b'{"Message":"it broke"}')
    assert (is_failure(failed), failure_text(failed)) == ("ModelStreamError", "it broke")
    assert is_failure(Frame(PART, b"")) == ""
    error = Frame({":message-type": "error", ":error-code": "500", ":error-message": "gone"}, b"")
    assert (is_failure(error), failure_text(error)) == ("500", "gone")
    assert failure_text(Frame({}, b"{}")) == "the stream failed"
