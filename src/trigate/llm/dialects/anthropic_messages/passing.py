"""A stream whose two sides speak this dialect: bytes go through, what they use up is read in passing."""

from itertools import pairwise

import msgspec
from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.anthropic_messages.usage import Usage, later
from trigate.llm.event_stream import BORDER, last_border, read_event
from trigate.llm.extent import BYTES_PER_TOKEN
from trigate.llm.reply import Tally

_END = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
_FRAME = 118
"""Bytes of an event that tells a piece of a text, without the piece."""


class _Message(Struct):
    usage: Usage | None = None


class _Delta(Struct):
    stop_reason: str | None = None


class _Event(Struct):
    type: str = ""
    message: _Message | None = None
    delta: _Delta | None = None
    usage: Usage | None = None


_decode = msgspec.json.Decoder(_Event).decode


class AnthropicPassing:
    """Fed with what comes from the provider, gives what the caller gets."""

    __slots__ = ("_events", "_limit", "_pending", "_size", "_stopped", "_usage", "failed", "last", "tally")

    def __init__(self, limit: int) -> None:
        """`limit`: most bytes of an event."""
        self._limit = limit
        self._pending = bytearray()
        self._events = 0
        self._size = 0
        self._usage: Usage | None = None
        self._stopped = False
        self.tally: Tally | None = None
        self.last = b""
        self.failed = False

    def feed(self, data: bytes) -> bytes:
        """What may be passed on now, in whole events; raises UpstreamProtocolError if one is too large."""
        if self.last:
            return self._follow(data)
        block = self._complete(data) if self._pending or data[-2:] != b"\n\n" else data
        if not block:
            return block
        # `find` rather than `in`, which in Python 3.11 first tries to take the bytes for a number.
        if block.find(b'"message_') >= 0 or block.find(b"error") >= 0:
            return self._inspect(block)
        self._events += block.count(b"\ndata:")
        self._size += len(block)
        return block

    def finish(self) -> bytes:
        """The bytes have ended cleanly: what is still to be passed on before `last`.

        `last` stays empty if the stream is not complete: nothing said why the answer ended.
        """
        block = self.feed(b"\n\n") if self._pending else b""
        if not self.last and self._stopped:
            self.last = _END
        return block if self.last or self.failed else b""

    def spoken(self) -> int:
        """Output tokens so far, estimated from the sizes of the events; at least one if any came."""
        said = max(self._size - self._events * _FRAME, 0)
        return max(-(-said // BYTES_PER_TOKEN), min(self._events, 1))

    def _follow(self, data: bytes) -> bytes:
        """Nothing comes after the last event but what is left of its line end."""
        if self.last.endswith(b"\r") and data.startswith(b"\n"):
            self.last += b"\n"
        return b""

    def _complete(self, data: bytes) -> bytes:
        """Everything up to the last event's end; the rest waits."""
        pending = self._pending
        start = max(0, len(pending) - 2)
        pending += data
        end = last_border(pending, start)
        block = bytes(pending[:end])
        del pending[:end]
        if len(pending) > self._limit:
            raise UpstreamProtocolError(f"the provider sent an event of more than {self._limit} bytes")
        return block

    def _inspect(self, block: bytes) -> bytes:
        """Look into each event of a block; the one that completes the stream is not passed on yet."""
        for start, end in pairwise([0, *(border.end() for border in BORDER.finditer(block)), len(block)]):
            event = block[start:end]
            if self._note(event):
                self.last = event
                return block[:start]
        return block

    def _note(self, written: bytes) -> bool:
        """Take from an event what it says of the whole; True if it is the last one."""
        event = read_event(written)
        if event is None:
            return False
        self._events += 1
        self._size += len(written)
        try:
            told = _decode(event.data)
        except (msgspec.DecodeError, RecursionError):
            self.failed = event.event == "error"
            return False
        self.failed = told.type == "error" or event.event == "error"
        self._count(told)
        return told.type == "message_stop"

    def _count(self, event: _Event) -> None:
        usage = event.message.usage if event.message is not None else event.usage
        if usage is not None and event.type in {"message_start", "message_delta"}:
            self._usage = later(self._usage, usage)
            self.tally = self._usage.tally() or self.tally
        if event.type == "message_delta" and event.delta is not None and event.delta.stop_reason:
            self._stopped = True
