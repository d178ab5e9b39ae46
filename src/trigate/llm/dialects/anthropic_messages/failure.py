"""Errors: those of providers understood, and the gateway's own as Anthropic's clients expect them."""

from typing import Any, cast

import msgspec

from trigate.core.errors import GatewayError
from trigate.llm.chat_dialect import Refused
from trigate.llm.dialects.anthropic_messages.home import JSON
from trigate.llm.event_stream import write_event

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_STATUSES = {
    **{kind: status for status, kind in _TYPES.items()},
    "overloaded_error": 529,
    "api_error": 500,
}
_LONGEST = 2000
"""Characters of a provider's message that are passed on."""


def kind_of(status: int) -> str:
    """The `type` of an error that has this status."""
    return _TYPES.get(status) or ("api_error" if status >= 500 else "invalid_request_error")


def status_of(kind: str) -> int:
    """The status that an error of this `type` has outside of a stream."""
    return _STATUSES.get(kind, 500)


def envelope(kind: str, message: str) -> bytes:
    """`{"type": "error", …}` as Anthropic's API writes it."""
    return msgspec.json.encode({"type": "error", "error": {"type": kind, "message": message}})


def write_error(error: GatewayError) -> bytes:
    """The body that tells a caller of an error."""
    return envelope(kind_of(error.status), error.message)


def write_failure(error: GatewayError) -> bytes:
    """The same as the last event of a stream."""
    return write_event(write_error(error), "error")


def read_refused(status: int, body: bytes) -> Refused:
    """Understand a provider's answer that is no success, in whatever form it is."""
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        answer = None
    message, code = read_error(answer)
    return Refused(message or f"the provider answered {status}", code)


def read_error(answer: Any) -> tuple[str, str]:
    """Message and code of an error's body; empty where it does not say."""
    if type(answer) is not dict:
        return "", ""
    members = cast(JSON, answer)
    error = members.get("error")
    if type(error) is dict:
        inner = cast(JSON, error)
        return _text(inner, "message"), _text(inner, "type") or _text(inner, "code")
    message = _text(members, "message") or _text(members, "detail") or _text(members, "error")
    return message, _text(members, "code")


def _text(members: JSON, name: str) -> str:
    value = members.get(name)
    return value[:_LONGEST] if type(value) is str else ""
