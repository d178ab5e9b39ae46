"""Errors for callers that speak plain HTTP: problem details (RFC 9457)."""

import math
from http import HTTPStatus

import msgspec

from trigate.core.errors import GatewayError
from trigate.core.parts import Data, Head, Headers


def problem(error: GatewayError, exchange_id: str) -> tuple[Head, Data]:
    """A whole answer that tells the caller what went wrong, whose fault it is, and which exchange to ask about."""
    body = msgspec.json.encode(
        {
            "type": "about:blank",
            "title": HTTPStatus(error.status).phrase,
            "status": error.status,
            "detail": error.message,
            "code": error.code,
            "blame": error.blame,
            "id": exchange_id,
        }
    )
    headers: Headers = [(b"content-type", b"application/problem+json"), *error_headers(error)]
    return Head(error.status, headers), Data(body)


def error_headers(error: GatewayError) -> Headers:
    """The header fields an error demands in any dialect: its own, and `retry-after` in whole seconds."""
    headers = list(error.headers)
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % max(1, math.ceil(error.retry_after))))
    return headers
