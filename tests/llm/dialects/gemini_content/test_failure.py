"""Errors in Google's form."""

import json

import pytest
from google.genai import errors
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest, GatewayError, Overloaded, RateReached, Unauthenticated
from trigate.llm.dialects.gemini_content.failure import read_refused, write_error, write_failure


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadRequest("no"), "INVALID_ARGUMENT"),
        (Unauthenticated("who?"), "UNAUTHENTICATED"),
        (RateReached("slow"), "RESOURCE_EXHAUSTED"),
        (Overloaded("later"), "UNAVAILABLE"),
    ],
)
def test_the_sdk_understands_an_error(error: GatewayError, status: str):
    found = errors.APIError(error.status, json.loads(write_error(error)))
    assert (found.code, found.status, found.message) == (error.status, status, error.message)


def test_a_failure_is_an_event_of_the_stream():
    data = write_failure(Overloaded("later"))
    assert data.startswith(b"data: {")
    assert data.endswith(b"}\n\n")


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (b'{"error":{"code":400,"message":"Bad key","status":"INVALID_ARGUMENT"}}', "Bad key", "INVALID_ARGUMENT"),
        (b'[{"error":{"code":429,"message":"Slow","status":"RESOURCE_EXHAUSTED"}}]', "Slow", "RESOURCE_EXHAUSTED"),
        (b"<html>502</html>", "<html>502</html>", ""),
        (b"", "the provider answered 502", ""),
        (b'{"error":{"message":5}}', "the provider answered 502", ""),
    ],
)
def test_a_refusal_is_understood(body: bytes, message: str, code: str):
    found = read_refused(502, body)
    assert (found.message, found.code) == (message, code)


@given(st.binary(max_size=60))
def test_no_refusal_is_too_strange(body: bytes):
    assert read_refused(500, body).message
