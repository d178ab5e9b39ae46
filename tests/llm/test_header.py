"""Fields that cross, and fields that do not."""

from trigate.llm.header import from_provider, to_provider


def test_the_targets_own_fields_are_never_changed():
    own = [(b"accept", b"application/json")]
    sent = to_provider(own, {b"tracestate": b"a=b", b"accept": b"*/*", b"authorization": b"x"}, "id-1")
    assert sent == [(b"accept", b"application/json"), (b"x-request-id", b"id-1"), (b"tracestate", b"a=b")]
    assert own == [(b"accept", b"application/json")]


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
