"""Errors as AWS tells them: by the name of an exception, in a body or in a frame of a stream."""

from typing import Any, cast

import msgspec

from trigate.core.errors import GatewayError
from trigate.llm.chat_dialect import Refused
from trigate.llm.dialects.bedrock_converse.frame import write_frame

_NAMES = {
    400: "ValidationException",
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    413: "ValidationException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
    529: "ServiceUnavailableException",
}
_STATUSES = {
    "validationException": 400,
    "accessDeniedException": 403,
    "throttlingException": 429,
    "modelTimeoutException": 408,
    "modelStreamErrorException": 424,
    "serviceUnavailableException": 503,
    "internalServerException": 500,
}
_STREAMED = frozenset(
    {
        "internalServerException",
        "modelStreamErrorException",
        "validationException",
        "throttlingException",
        "serviceUnavailableException",
    }
)
"""Those that AWS's clients know within a stream."""
LONGEST = 500
"""Characters quoted of a refusal that is not in AWS's form."""


def exception_name(status: int) -> str:
    """The exception that AWS's clients raise."""
    return _NAMES.get(status, "InternalServerException" if status >= 500 else "ValidationException")


def status_of(exception: str) -> int:
    """The HTTP status that an exception of a stream would have had."""
    return _STATUSES.get(exception, 500)


def write_error(error: GatewayError) -> bytes:
    """The body that tells a caller of an error."""
    return msgspec.json.encode({"__type": exception_name(error.status), "message": error.message})


def write_failure(error: GatewayError) -> bytes:
    """The same as the last frame of a stream."""
    return exception_frame(error.message, error.status)


def exception_frame(message: str, status: int) -> bytes:
    """A frame that tells of an exception."""
    name = exception_name(status)
    name = name[0].lower() + name[1:]
    headers = {
        ":exception-type": name if name in _STREAMED else "modelStreamErrorException",
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return write_frame(headers, msgspec.json.encode({"message": message or "the answer was broken off"}))


def read_refused(status: int, body: bytes) -> Refused:
    """AWS's words, or whatever else came."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        quoted = body[: LONGEST * 4].decode(errors="replace").strip()[:LONGEST]
        return Refused(quoted or f"the provider answered {status}")
    members = cast("dict[str, Any]", found)
    message: Any = members.get("message") or members.get("Message")
    code: Any = members.get("__type") or members.get("code")
    return Refused(
        message if isinstance(message, str) else f"the provider answered {status}",
        code.rpartition("#")[2] if isinstance(code, str) else "",
    )
