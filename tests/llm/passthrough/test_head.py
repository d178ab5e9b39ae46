"""Fields of a passed request and its answer."""

from trigate.llm.passthrough.head import to_caller, to_provider


def test_no_credential_and_no_account_of_the_callers_goes_on():
    asked = [
        (b"authorization", b"Bearer key"),
        (b"cookie", b"a=b"),
        (b"x-custom-key", b"caller"),
        (b"openai-organization", b"org"),
        (b"x-forwarded-for", b"1.2.3.4"),
        (b"x-http-method-override", b"DELETE"),
        (b"connection", b"x-hop"),
        (b"x-hop", b"1"),
        (b"anthropic-version", b"2020-01-01"),
        (b"anthropic-beta", b"b"),
        (b"content-type", b"text/plain"),
    ]
    taken = {b"anthropic-version", b"x-custom-key"}
    assert to_provider(asked, taken) == b"anthropic-beta: b\r\ncontent-type: text/plain\r\n"


def test_nothing_breaks_the_head_apart():
    assert to_provider([(b"a", b"b\r\nc: d"), (b"b c", b"d"), (b"e", b"f")], ()) == b"e: f\r\n"


def test_secrets_and_accounts_do_not_come_back():
    answered = [
        (b"content-type", b"application/json"),
        (b"request-id", b"1"),
        (b"x-note", b"key-0123456789 is wrong"),
        (b"set-cookie", b"a=b"),
        (b"openai-organization", b"org"),
        (b"access-control-allow-origin", b"*"),
    ]
    assert to_caller(answered, (b"key-0123456789",)) == [
        (b"content-type", b"application/json"),
        (b"x-upstream-request-id", b"1"),
        (b"x-note", b"************** is wrong"),
    ]
