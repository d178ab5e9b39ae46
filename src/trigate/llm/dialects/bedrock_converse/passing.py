"""A Bedrock stream for a Bedrock caller: frames go through, and what they say of usage and end is seen in passing."""

from typing import Any, cast

import msgspec

from trigate.llm.dialects.bedrock_converse.frame import PRELUDE, frame_length, read_frame
from trigate.llm.dialects.bedrock_converse.tally import decode_tally
from trigate.llm.extent import BYTES_PER_TOKEN
from trigate.llm.reply import Tally

_STOP = b"\x0bmessageStop"
_USAGE = b"\x08metadata"
_EVENT = b"\x0d:message-type\x07\x00\x05event"
_decode = msgspec.json.Decoder().decode


class ConversePassing:
    """Fed with what comes from AWS, gives what the caller gets.

    Frames are cut by their preludes; only the one with the usage is opened. Why the answer ended is held back until
    the usage follows, as either may be the last word.
    """

    __slots__ = ("_events", "_failed", "_held", "_limit", "_pending", "_sample", "_stopped", "last", "tally")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pending = b""
        self._held = b""
        self._events = 0
        self._sample: list[tuple[int, bytes]] = []
        self._failed = self._stopped = False
        self.tally: Tally | None = None
        self.last = b""

    @property
    def failed(self) -> bool:
        """Whether the provider's latest words were an exception."""
        return self._failed

    def feed(self, data: bytes) -> bytes:
        """What may be passed on now; raises UpstreamProtocolError if a frame is damaged or too large."""
        data = self._pending + data if self._pending else data
        start = 0
        passed: list[bytes] = []
        while len(data) - start >= PRELUDE and not self.last:
            end = start + frame_length(data, start, self._limit)
            if end > len(data):
                break
            passed.append(self._see(data[start:end]))
            start = end
        self._pending = data[start:]
        return b"".join(passed)

    def finish(self) -> bytes:
        """The bytes have ended cleanly; `last` stays empty if the answer is not complete."""
        if self._stopped and not self.last and not self._failed:
            self.last, self._held = self._held, b""
        return b""

    def spoken(self) -> int:
        """Output tokens so far, estimated from the texts of some of the frames."""
        total = before = each = 0
        for place, frame in self._sample:
            each = _tokens(frame)
            total += each * (place - before)
            before = place
        return max(total + each * (self._events - before), min(self._events, 1))

    def _see(self, frame: bytes) -> bytes:
        """What to pass on of a frame, and of what was held back."""
        self._events += 1
        if self._events >= (self._sample[-1][0] * 3 // 2 + 1 if self._sample else 1):
            self._sample.append((self._events, frame))
        head = frame[PRELUDE : PRELUDE + int.from_bytes(frame[4:8], "big")]
        self._failed = _EVENT not in head
        passed, self._held = self._held, b""
        if _STOP in head:
            self._stopped, self._held = True, frame
            return passed
        if _USAGE in head and not self._failed:
            self.tally = decode_tally(read_frame(frame).payload) or self.tally
            if self._stopped:
                self.last = frame
                return passed
        return passed + frame


def _tokens(frame: bytes) -> int:
    """Tokens that the text of a frame stands for."""
    try:
        found: Any = _decode(frame[PRELUDE + int.from_bytes(frame[4:8], "big") : -4])
    except (msgspec.DecodeError, RecursionError):
        return 0
    delta: Any = cast("dict[str, Any]", found).get("delta") if isinstance(found, dict) else None
    return -(-_size(delta) // BYTES_PER_TOKEN)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode(errors="replace"))
    if isinstance(value, dict):
        return sum(map(_size, cast("dict[str, Any]", value).values()))
    return 0
