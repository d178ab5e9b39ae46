"""Errors as providers tell of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.chat_dialect import Refused
from trigate.llm.provider_error import EXCERPT, read_refused, tell_error


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"error": {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}},
            Refused("too long", "context_length_exceeded"),
        ),
        (
            {"error": {"message": "slow down", "type": "rate_limit_error", "code": None}},
            Refused("slow down", "rate_limit_error"),
        ),
        ({"error": {"message": "gone", "code": 502}}, Refused("gone")),
        ({"error": "no such model"}, Refused("no such model")),
        ({"object": "error", "message": "bad", "type": "invalid", "code": None}, Refused("bad", "invalid")),
        ([{"error": {"message": "key", "status": "INVALID_ARGUMENT"}}], Refused("key", "INVALID_ARGUMENT")),
        ({"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}]}, Refused("field required")),
        ({"detail": "Not Found"}, Refused("Not Found")),
        ({"id": "x", "message": "invalid api token"}, Refused("invalid api token")),
        ({"message": {"detail": [{"msg": "extra"}]}}, Refused("extra")),
    ],
)
def test_every_form_in_use_is_understood(body: Any, expected: Refused):
    assert read_refused(400, json.dumps(body).encode()) == expected


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"upstream connect error", b'{"a": 1}', b"[]", b"7"])
def test_what_is_in_no_form_is_quoted(body: bytes):
    assert read_refused(502, body).message == f"the provider answered 502: {body.decode()}"


def test_an_empty_answer_is_its_status():
    assert read_refused(503, b" ").message == "the provider answered 503"


def test_a_quotation_is_short():
    assert len(read_refused(500, b"x" * 9999).message) < EXCERPT + 50
    assert len(tell_error({"message": "x" * 9999}).message) == EXCERPT


@given(st.binary(max_size=200))
def test_whatever_a_provider_answers_has_a_message(body: bytes):
    assert read_refused(500, body).message


def test_nonsense_is_no_error():
    assert tell_error(None) == tell_error([]) == tell_error({}) == Refused("")
