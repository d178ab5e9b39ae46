"""Errors as Responses tells them: instead of an answer, and inside of a stream."""

from typing import Any

import msgspec

from trigate.core.errors import GatewayError
from trigate.llm.dialects.openai_responses.response import start_response
from trigate.llm.envelope import CODES, envelope, kind
from trigate.llm.event_stream import write_event

_KNOWN = frozenset({"context_length_exceeded", "insufficient_quota", "invalid_prompt", "rate_limit_exceeded"})
"""Codes of a failed response that clients act upon; any other is the server's error."""


def write_error(error: GatewayError) -> bytes:
    """The body of an answer that is an error."""
    return envelope(error.message, error.status, _code(error), getattr(error, "param", None))


def write_failure(error: GatewayError) -> bytes:
    """The last bytes of a stream that cannot go on.

    Clients of OpenAI's SDKs see the first event, which they raise, Codex the second.
    """
    code = _code(error)
    failed = failed_response(_nothing(), error.message, code, error.status)
    told = {"type": "error", "sequence_number": 0, **error_event(error.message, code, error.status)}
    last = {"type": "response.failed", "sequence_number": 1, "response": failed}
    return write_event(msgspec.json.encode(told), "error") + write_event(msgspec.json.encode(last), "response.failed")


def _code(error: GatewayError) -> str:
    return CODES.get(error.code, error.code)


def _nothing() -> dict[str, Any]:
    return start_response("", "", 0) | {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}


def error_event(message: str, code: str, status: int) -> dict[str, Any]:
    """Members of the event `error`; it says everything twice, as clients look for it in either place."""
    inner = {"message": message, "type": kind(status), "param": None, "code": code or None}
    return {"code": code or None, "message": message, "param": None, "error": inner}


def failed_response(response: dict[str, Any], message: str, code: str, status: int) -> dict[str, Any]:
    """The response, failed."""
    return response | {"status": "failed", "error": {"code": _known(code, status), "message": message}}


def _known(code: str, status: int) -> str:
    if code in _KNOWN:
        return code
    if status == 429:
        return "rate_limit_exceeded"
    return "invalid_prompt" if 400 <= status < 500 else "server_error"
