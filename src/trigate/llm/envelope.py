"""Errors in the form that OpenAI's clients understand, before an answer has begun and inside a stream."""

from collections.abc import Sequence

import msgspec

from trigate.core.errors import (
    BudgetReached,
    ConcurrencyReached,
    ContentBlocked,
    GatewayError,
    Overloaded,
    RateReached,
    TokensReached,
    Unauthenticated,
    Unsupported,
    UpstreamRefused,
)
from trigate.core.parts import Data, Head, Headers, Part
from trigate.core.problem import error_headers
from trigate.llm.error import ModelNotFound

CODES = {
    Unauthenticated.code: "invalid_api_key",
    ModelNotFound.code: "model_not_found",
    ContentBlocked.code: "content_filter",
    Overloaded.code: "overloaded",
    BudgetReached.code: "insufficient_quota",
    ConcurrencyReached.code: "rate_limit_exceeded",
    RateReached.code: "rate_limit_exceeded",
    TokensReached.code: "rate_limit_exceeded",
}
"""Where OpenAI's clients know a word of their own for one of our codes."""


def envelope(message: str, status: int, code: str, param: str | None = None) -> bytes:
    """`{"error": …}` as OpenAI's API writes it."""
    return msgspec.json.encode({"error": {"message": message, "type": kind(status), "param": param, "code": code}})


def kind(status: int) -> str:
    """The `type` that goes with a status."""
    if status >= 500:
        return "server_error"
    return {403: "permission_error", 429: "rate_limit_error"}.get(status, "invalid_request_error")


def error_parts(error: GatewayError, body: bytes, fields: Sequence[tuple[bytes, bytes]] = ()) -> tuple[Part, ...]:
    """The whole answer that tells of `error`."""
    headers: Headers = [(b"content-type", b"application/json"), *fields, *error_headers(error)]
    if error.status >= 500 and not worth_retrying(error):
        headers.append((b"x-should-retry", b"false"))
    return Head(error.status, headers), Data(body)


def worth_retrying(error: GatewayError) -> bool:
    """Whether the same request may succeed soon; untold, OpenAI's clients repeat whatever has a status of 500 up."""
    return error.blame != "operator" and not isinstance(error, UpstreamRefused | Unsupported)


def event(body: bytes) -> bytes:
    """JSON as one server-sent event; line breaks outside of its strings go, for they would end the data line."""
    if b"\n" in body or b"\r" in body:
        body = msgspec.json.format(body, indent=-1)
    return b"data: %s\n\n" % body
