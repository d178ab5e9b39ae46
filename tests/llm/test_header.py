"""Fields that cross, and fields that do not."""

from trigate.llm.header import from_provider, to_provider


def test_only_named_fields_go_on():
    fields = {b"tracestate": b"a=b", b"accept": b"*/*", b"authorization": b"x", b"openai-beta": b"v2"}
    assert to_provider(fields) == b"openai-beta: v2\r\ntracestate: a=b\r\n"
    assert to_provider({b"accept": b"*/*"}) == b""


def test_a_value_that_would_break_the_head_apart_stays():
    assert to_provider({b"tracestate": b"a\r\nauthorization: x", b"openai-beta": b"\0"}) == b""


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
