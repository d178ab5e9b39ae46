"""Fields that cross, and fields that do not."""

from trigate.core.request import Request
from trigate.llm.header import from_provider, to_provider


def carried(*headers: tuple[bytes, bytes]) -> bytes:
    return to_provider(Request(b"POST", b"/", b"/", b"", b"gateway", list(headers), dict(headers)), "openai_chat")[0]


def test_only_named_fields_go_on():
    sent = ((b"tracestate", b"a=b"), (b"accept", b"*/*"), (b"authorization", b"x"), (b"openai-beta", b"v2"))
    assert carried(*sent) == b"openai-beta: v2\r\ntracestate: a=b\r\n"
    assert carried((b"accept", b"*/*")) == b""


def test_a_trace_state_in_several_lines_goes_on_whole_and_in_order():
    sent = [(b"tracestate", each) for each in (b"a=1,b=2", b"", b"c=3")]
    sent.insert(1, (b"traceparent", b"00-x"))
    assert carried(*sent) == b"traceparent: 00-x\r\ntracestate: a=1,b=2,c=3\r\n"
    assert carried((b"accept", b"a"), (b"accept", b"b"), (b"tracestate", b"a=1")) == b"tracestate: a=1\r\n"


def test_a_value_that_would_break_the_head_apart_stays():
    assert carried((b"tracestate", b"a\r\nauthorization: x"), (b"openai-beta", b"\0")) == b""
    assert carried((b"tracestate", b"a=1"), (b"tracestate", b"a\r\nauthorization: x")) == b""


def test_only_named_fields_come_back():
    answered = [
        (b"content-type", b"application/json"),
        (b"content-length", b"7"),
        (b"openai-version", b"2020-10-01"),
        (b"openai-project", b"secret"),
        (b"x-request-id", b"req"),
        (b"x-ratelimit-limit-tokens", b"5"),
        (b"set-cookie", b"a=b"),
        (b"x-trigate-anything", b"1"),
    ]
    assert from_provider(answered) == [
        (b"content-type", b"application/json"),
        (b"openai-version", b"2020-10-01"),
        (b"x-upstream-request-id", b"req"),
        (b"x-ratelimit-limit-tokens", b"5"),
    ]
