"""Whatever a provider answers instead of an answer is understood."""

import pytest

from trigate.llm.dialects.openai_responses.refused import read_error, read_refused


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (
            b'{"error":{"message":"No.","type":"invalid_request_error","code":"model_not_found"}}',
            "No.",
            "model_not_found",
        ),
        (b'{"error":{"message":"No.","type":"server_error","code":null}}', "No.", "server_error"),
        (b'{"error":"No."}', "No.", ""),
        (b'{"detail":"No."}', "No.", ""),
        (b'{"message":"No.","code":"x"}', "No.", "x"),
        (b'{"error":{},"message":"No."}', "No.", ""),
        (b"[]", "the provider answered 418", ""),
        (b"null", "the provider answered 418", ""),
        (b"No.", "the provider answered 418: No.", ""),
        (b"<html>long</html>", "the provider answered 418", ""),
        (b"", "the provider answered 418", ""),
        (b"\xff\xfe", "the provider answered 418: \ufffd\ufffd", ""),
        (b"[" * 100000, "the provider answered 418: " + "[" * 500, ""),
    ],
)
def test_message_and_code_are_read_of_any_form(body: bytes, message: str, code: str) -> None:
    refused = read_refused(418, body)
    assert (refused.message, refused.code) == (message, code)


def test_what_is_no_error_says_nothing() -> None:
    assert read_error(3) == ("", "")
