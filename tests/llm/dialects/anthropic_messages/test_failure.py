"""Errors have the form that Anthropic's clients know, and a provider's are understood whatever they are."""

import json
from typing import get_args

import pytest
from anthropic.types import ErrorType
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.wire.anthropic_messages import check_stream
from trigate.core import errors
from trigate.llm.chat_dialect import Refused
from trigate.llm.dialects.anthropic_messages.failure import kind_of, read_refused, status_of, write_error, write_failure
from trigate.llm.error import InvalidParameter


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InvalidParameter("`x` must be a text", "x"), "invalid_request_error"),
        (errors.Unauthenticated("who?"), "authentication_error"),
        (errors.Forbidden("no"), "permission_error"),
        (errors.NotFound("where?"), "not_found_error"),
        (errors.PayloadTooLarge("big"), "request_too_large"),
        (errors.RateReached("slow"), "rate_limit_error"),
        (errors.Overloaded("full"), "overloaded_error"),
        (errors.UpstreamTimeout("late"), "timeout_error"),
        (errors.UpstreamFailed("broken"), "api_error"),
    ],
)
def test_an_error_of_the_gateway_has_a_type_of_anthropics(error: errors.GatewayError, kind: str) -> None:
    assert json.loads(write_error(error)) == {"type": "error", "error": {"type": kind, "message": error.message}}


@pytest.mark.parametrize("status", range(400, 600))
def test_every_status_has_a_type_that_clients_know(status: int) -> None:
    assert kind_of(status) in {*get_args(ErrorType), "request_too_large"}


def test_a_stream_may_end_with_an_error() -> None:
    failure = write_failure(errors.StreamBroken("the provider broke off"))
    assert failure.startswith(b"event: error\ndata: {")
    check_stream(failure)


def test_an_overloaded_provider_would_have_answered_529() -> None:
    assert status_of("overloaded_error") == 529
    assert status_of("something_new") == 500


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Full"}}, ("Full", "overloaded_error")),
        ({"error": {"message": "No", "code": "bad_key"}}, ("No", "bad_key")),
        ({"message": "Too many"}, ("Too many", "")),
        ({"error": "nope"}, ("nope", "")),
        ({"detail": "Not Found"}, ("Not Found", "")),
        ([1], ("the provider answered 418", "")),
    ],
)
def test_a_refusal_is_understood(body: object, refused: tuple[str, str]) -> None:
    assert read_refused(418, json.dumps(body).encode()) == Refused(*refused)


@given(st.binary())
def test_a_page_or_any_bytes_are_understood(body: bytes) -> None:
    assert read_refused(502, b"<html>" + body) == Refused("the provider answered 502")
    assert read_refused(502, body).message
