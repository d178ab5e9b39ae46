"""Errors as Google's APIs tell them (google.rpc.Status), both ways."""

from typing import Any, cast

import msgspec

from trigate.core.errors import GatewayError
from trigate.llm.chat_dialect import Refused
from trigate.llm.event_stream import write_event

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "INVALID_ARGUMENT",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
LONGEST = 500
"""Characters quoted of a refusal that is not in Google's form."""


def status_name(status: int) -> str:
    """The name that Google's clients match on."""
    return _STATUSES.get(status, "INTERNAL" if status >= 500 else "FAILED_PRECONDITION")


def error_body(message: str, status: int, reason: str) -> bytes:
    """`{"error": …}`; `reason` is our own code, or the provider's."""
    details: list[Any] = []
    if reason:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "trigate"}
        details.append(info)
    error = {"code": status, "message": message, "status": status_name(status), "details": details}
    return msgspec.json.encode({"error": error})


def write_error(error: GatewayError) -> bytes:
    """The body that tells a caller of an error."""
    return error_body(error.message, error.status, error.code)


def write_failure(error: GatewayError) -> bytes:
    """The same as the last event of a stream."""
    return write_event(write_error(error))


def read_refused(status: int, body: bytes) -> Refused:
    """Google's words, or whatever else came."""
    found = _error(body)
    if found is None:
        quoted = body[: LONGEST * 4].decode(errors="replace").strip()[:LONGEST]
        return Refused(quoted or f"the provider answered {status}")
    message, code = found.get("message"), found.get("status")
    return Refused(
        message if type(message) is str else f"the provider answered {status}", code if type(code) is str else ""
    )


def _error(body: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    if isinstance(found, list) and found:
        found = cast("list[Any]", found)[0]  # a stream that is an array begins and ends with its error
    error: Any = cast("dict[str, Any]", found).get("error") if isinstance(found, dict) else None
    return cast("dict[str, Any]", error) if isinstance(error, dict) else None
