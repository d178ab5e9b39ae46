"""Anthropic's answers as Bedrock's InvokeModel gives them: streams in frames, errors in AWS's words."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec

from trigate.core.parts import Data, Head, Part, field
from trigate.core.passing import PassingSink
from trigate.core.stream import Sink
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.dialects.bedrock_converse.failure import exception_frame, exception_name
from trigate.llm.dialects.bedrock_converse.frame import frame_of, write_headers
from trigate.llm.event_stream import BORDER, read_event

_HEAD = write_headers({":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"})
_STATUSES = {"rate_limit_error": 429, "overloaded_error": 503, "invalid_request_error": 400}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class EnframingSink(PassingSink):
    """The way to the caller; the head of an error waits for its body."""

    __slots__ = ("_head", "_pending", "put", "remark")

    def __init__(self, inner: Sink) -> None:
        super().__init__(inner)
        self._head: Head | None = None
        self._pending = b""
        put: Callable[[Part], None] | None = getattr(inner, "put", None)
        if put is not None:
            self.put = self._putting(put)
        remark: Callable[[Part], None] | None = getattr(inner, "remark", None)
        if remark is not None:
            self.remark = self._putting(remark)

    def begin(self, head: Head) -> None:
        """Hand on, unless it tells of an error."""
        if head.status >= 400:
            self._head = head
        else:
            self._inner.begin(head)

    async def send(self, part: Part) -> None:
        """Hand on in frames."""
        changed = self._changed(part)
        if changed is not None:
            await self._inner.send(changed)

    def last(self, part: Part) -> Part:
        """The last part: of a stream in frames, of an error in AWS's words."""
        if self._head is None:
            return self._changed(part, ended=True) or Data(b"")
        head, body = self._head, part.payload if isinstance(part, Data) else b""
        if field(head.headers, b"x-amzn-errortype") is not None:
            self._inner.begin(head)
            return part
        refused = find_chat_dialect("anthropic_messages").read_refused(head.status, body)
        name = exception_name(head.status)
        said = _encode({"__type": name, "message": refused.message})
        kept = [each for each in head.headers if each[0] != b"content-length"]
        more = [(b"x-amzn-errortype", name.encode()), (b"content-length", b"%d" % len(said))]
        self._inner.begin(Head(head.status, [*kept, *more], head.reason))
        return Data(said)

    def _putting(self, put: Callable[[Part], None]) -> Callable[[Part], None]:
        def putting(part: Part) -> None:
            changed = self._changed(part)
            if changed is not None:
                put(changed)

        return putting

    def _changed(self, part: Part, *, ended: bool = False) -> Part | None:
        """The frames of the events that are complete; None if there are none yet."""
        if type(part) is not Data:
            return part
        data = self._pending + part.payload if self._pending else part.payload
        if not self._pending and data[:1] == b"{":
            return part  # an answer that is no stream
        framed, start = list[bytes](), 0
        for border in BORDER.finditer(data):
            framed.append(enframe(data[start : border.end()]))
            start = border.end()
        self._pending = data[start:]
        if ended and self._pending:
            framed.append(enframe(self._pending))
            self._pending = b""
        return Data(whole) if (whole := b"".join(framed)) else None


def enframe(raw: bytes) -> bytes:
    """One event as a frame; empty if it says nothing."""
    event = read_event(raw)
    if event is None or not event.data:
        return b""
    if event.event == "error":
        return _failure(event.data)
    return frame_of(_HEAD, _encode({"bytes": base64.b64encode(event.data).decode()}))


def _failure(data: bytes) -> bytes:
    try:
        error: Any = _decode(data)["error"]
        return exception_frame(str(error.get("message", "")), _STATUSES.get(str(error.get("type")), 500))
    except (msgspec.DecodeError, RecursionError, LookupError, TypeError, AttributeError):
        return exception_frame("", 500)
