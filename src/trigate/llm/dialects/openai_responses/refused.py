"""A provider's answer that is no success, understood whatever it is."""

from typing import Any

import msgspec

from trigate.llm.chat_dialect import Refused
from trigate.llm.dialects.openai_responses.shape import object_of, text_of

EXCERPT = 500
"""Characters quoted of an answer that is no error of a known form."""
_decode = msgspec.json.Decoder().decode


def read_refused(status: int, body: bytes) -> Refused:
    """Message and code."""
    try:
        value = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return Refused(f"the provider answered {status}{_quoted(body)}")
    message, code = read_error(value)
    return Refused(message or f"the provider answered {status}", code)


def read_error(value: Any) -> tuple[str, str]:
    """Message and code of an error in the forms that servers of OpenAI's APIs use; each empty if it is not told."""
    if type(value) is str:
        return value, ""
    told = object_of(value)
    if told.get("error"):
        message, code = read_error(told["error"])
        return message or text_of(told.get("message")), code or text_of(told.get("code"))
    message = text_of(told.get("message")) or text_of(told.get("detail"))
    kind = told.get("type")
    return message, text_of(told.get("code")) or (text_of(kind) if kind != "error" else "")


def _quoted(body: bytes) -> str:
    """The beginning of a text; pages for people say nothing here."""
    text = body[:EXCERPT].decode(errors="replace").strip()
    return "" if not text or text.startswith("<") else f": {text}"
