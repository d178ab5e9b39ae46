"""A stream whose two sides speak this dialect: bytes go through, what they use up is read in passing."""

from itertools import pairwise

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.cohere_chat.event import decode_event, read_usage
from trigate.llm.dialects.cohere_chat.word import BROKEN
from trigate.llm.event_stream import BORDER, last_border, read_event
from trigate.llm.extent import BYTES_PER_TOKEN
from trigate.llm.reply import Tally

_FRAME = 107
"""Bytes of an event that tells a piece of a text, without the piece."""


class CoherePassing:
    """Fed with what comes from the provider, gives what the caller gets.

    The event that completes the answer is held back until `[DONE]` follows it, or the bytes end.
    """

    __slots__ = ("_events", "_held", "_limit", "_pending", "_size", "failed", "last", "tally")

    def __init__(self, limit: int) -> None:
        """`limit`: most bytes of an event."""
        self._limit = limit
        self._pending = bytearray()
        self._held = b""
        self._events = 0
        self._size = 0
        self.tally: Tally | None = None
        self.last = b""
        self.failed = False

    def feed(self, data: bytes) -> bytes:
        """What may be passed on now, in whole events; raises UpstreamProtocolError if one is too large."""
        block = self._complete(data) if self._pending or data[-2:] != b"\n\n" else data
        if not block or self.last:
            return b""
        if self._held or _says_much(block):
            return self._inspect(block)
        self._events += block.count(b"data:")
        self._size += len(block)
        return block

    def finish(self) -> bytes:
        """The bytes have ended cleanly: what is still to be passed on before `last`.

        `last` stays empty if the stream is not complete: nothing said why the answer ended.
        """
        block = self.feed(b"\n\n") if self._pending else b""
        if not self.last:
            self.last = self._held
        return block if self.last or self.failed else b""

    def spoken(self) -> int:
        """Output tokens so far, estimated from the sizes of the events; at least one if any came."""
        said = max(self._size - self._events * _FRAME, 0)
        return max(-(-said // BYTES_PER_TOKEN), min(self._events, 1))

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
        """Look into each event of a block; those that complete the stream are not passed on yet."""
        passed: list[bytes] = []
        for start, end in pairwise([0, *(border.end() for border in BORDER.finditer(block)), len(block)]):
            event = block[start:end]
            told = read_event(event)
            if told is not None and told.data.strip() == b"[DONE]":
                self.last = self._held + event
                break
            if self._held or (told is not None and self._note(told.data)):
                self._held += event
            else:
                passed.append(event)
        return b"".join(passed)

    def _note(self, data: bytes) -> bool:
        """Take from an event what it says of the whole; True if it completes the answer."""
        self._events += 1
        self._size += len(data)
        try:
            event = decode_event(data)
        except (msgspec.DecodeError, RecursionError):
            return False
        self.failed = not event.type and event.message is not None
        delta = event.delta
        if event.type != "message-end" or delta is None:
            return False
        usage = read_usage(delta)
        self.tally = usage.tally() if usage is not None else None
        self.failed = bool(delta.error) or delta.finish_reason in BROKEN
        return not self.failed


def _says_much(block: bytes) -> bool:
    """Whether an event of the block may be the end, or an error, whose `message` is a text."""
    # `find` rather than `in`, which in Python 3.11 first tries to take the bytes for a number.
    return (
        block.find(b'message-end"') >= 0
        or block.find(b"[DONE]") >= 0
        or block.find(b'"message":"') >= 0
        or block.find(b'"message": "') >= 0
    )
