"""Events of a provider's stream, decoded as far as they are looked at."""

from typing import Any, cast

import msgspec
from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.anthropic_messages.usage import Usage

KINDS = frozenset(
    {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"}
    | {"message_stop", "error", "ping"}
)
"""Those that are understood; others came after this was written, and are passed over."""


class DeltaMembers(Struct):
    """`delta`: of a block, or of the message."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    signature: str | None = None
    citation: dict[str, Any] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None


class Message(Struct):
    """`message` of the first event."""

    id: str = ""
    model: str = ""
    usage: Usage | None = None


class StreamEvent(Struct):
    """One event; which members it has depends on `type`."""

    type: str = ""
    index: int = -1
    delta: DeltaMembers | None = None
    content_block: dict[str, Any] | None = None
    message: Message | None = None
    usage: Usage | None = None
    error: Any = None


_decode = msgspec.json.Decoder(StreamEvent).decode
_decode_any = msgspec.json.Decoder().decode


def read_stream_event(data: bytes) -> StreamEvent | None:
    """The event; None if it is of a kind that nobody knows; raises UpstreamProtocolError if it makes no sense."""
    try:
        event = _decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        if _is_new(data):
            return None
        raise UpstreamProtocolError(f"the provider sent an event that cannot be understood: {error}") from None
    return event if event.type in KINDS else None


def _is_new(data: bytes) -> bool:
    """Whether it is an event, or tells of a delta, of a kind that came later, whatever its members are."""
    try:
        event: Any = _decode_any(data)
    except (msgspec.DecodeError, RecursionError):
        return data.strip() == b"[DONE]"
    if type(event) is not dict:
        return False
    members = cast(dict[str, Any], event)
    delta = members.get("delta")
    kind = cast(dict[str, Any], delta).get("type") if type(delta) is dict else None
    new = type(kind) is str and kind not in DELTAS and members.get("type") == "content_block_delta"
    return new or (type(members.get("type")) is str and members["type"] not in KINDS)


DELTAS = frozenset({"text_delta", "thinking_delta", "input_json_delta", "signature_delta", "citations_delta"})
"""What is told of a block piece by piece."""
