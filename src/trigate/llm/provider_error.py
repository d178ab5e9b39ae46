"""Errors as providers tell of them, in all the forms that are in use."""

from typing import Any, cast

import msgspec

from trigate.llm.chat_dialect import Refused

EXCERPT = 500
"""Characters quoted of what is in no known form."""

_decode = msgspec.json.Decoder().decode


def read_refused(status: int, body: bytes) -> Refused:
    """Understand a provider's answer that is no success."""
    try:
        value = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return Refused(_excerpt(status, body))
    found = tell_error(value)
    return found if found.message else Refused(_excerpt(status, body), found.code)


def tell_error(value: Any) -> Refused:
    """Message and code of an error, whatever object, list or text it is."""
    if isinstance(value, list) and value:
        return tell_error(cast("list[Any]", value)[0])  # Google's compatible server answers a list of one
    if isinstance(value, str):
        return Refused(value[:EXCERPT])
    if not isinstance(value, dict):
        return Refused("")
    error = cast("dict[str, Any]", value)
    if isinstance(error.get("error"), dict | str | list):
        inner = tell_error(error["error"])
        return Refused(inner.message or _message(error), inner.code or _code(error))
    return Refused(_message(error), _code(error))


def _message(error: dict[str, Any]) -> str:
    """`detail` is what FastAPI says: a text, or a list of what is wrong where."""
    for name in ("message", "msg", "detail", "error_msg"):
        value = error.get(name)
        if isinstance(value, str) and value:
            return value[:EXCERPT]
        if isinstance(value, dict | list) and value:
            return tell_error(value).message or msgspec.json.encode(value).decode(errors="replace")[:EXCERPT]
    return ""


def _code(error: dict[str, Any]) -> str:
    """The most particular word for it: `code` if that is one, else `type` or `status`."""
    for name in ("code", "type", "status"):
        value = error.get(name)
        if isinstance(value, str) and value and value != "error":
            return value[:EXCERPT]
    return ""


def _excerpt(status: int, body: bytes) -> str:
    text = body[: 4 * EXCERPT].decode(errors="replace").strip()[:EXCERPT]
    return f"the provider answered {status}: {text}" if text else f"the provider answered {status}"
