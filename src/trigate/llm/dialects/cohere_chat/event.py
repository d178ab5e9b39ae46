"""One event of a stream, as far as it is understood."""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.llm.dialects.cohere_chat.tally import Usage


class Content(Struct):
    """A piece of the content."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None


class Function(Struct):
    """A piece of a call."""

    name: str | None = None
    arguments: str | None = None


class Call(Struct):
    """A call, or more of one."""

    id: str | None = None
    function: Function | None = None
    signature: str | None = None


class Message(Struct):
    """What is new of the message."""

    content: Content | list[Any] | None = None
    tool_plan: str | None = None
    tool_calls: Call | list[Any] | None = None
    citations: Any = None


class EventDelta(Struct):
    """What is new."""

    message: Message | None = None
    finish_reason: str | None = None
    error: str | None = None
    usage: Raw = Raw()


class StreamEvent(Struct):
    """`message` is there in an error alone."""

    type: str = ""
    id: str | None = None
    index: int | None = None
    delta: EventDelta | None = None
    logprobs: Any = None
    message: Any = None


decode_event = msgspec.json.Decoder(StreamEvent).decode
_decode_usage = msgspec.json.Decoder(Usage | None).decode


def read_usage(delta: EventDelta) -> Usage | None:
    """None if it says nothing, or nothing that makes sense."""
    if not delta.usage:
        return None
    try:
        return _decode_usage(delta.usage)
    except (msgspec.DecodeError, RecursionError):
        return None
