"""Server-sent events (WHATWG HTML §9.2), written for callers and read from servers."""

from trigate.core.errors import UpstreamProtocolError

_LONGEST_ID = 1024
_DIGITS = 10

EVENT = b"event: message\ndata: "
"""Begins every event without an id."""
COMMENT = b": \n\n"
"""Says nothing, and keeps what is on the way from taking the stream for dead."""
RETRY_MS = 1000
"""How long callers are asked to wait before they come back to a stream that ended."""


def event(message: bytes, id: bytes = b"") -> bytes:
    """One message as an event, which can be resumed after if it has an id; JSON has line breaks only between tokens."""
    if b"\n" in message or b"\r" in message:
        message = message.replace(b"\n", b" ").replace(b"\r", b" ")
    start = b"id: %b\n%b" % (id, EVENT) if id else EVENT
    return start + message + b"\n\n"


def priming(id: bytes) -> bytes:
    """An event without data: from it a stream can be resumed that has said nothing yet (2025-11-25, transports)."""
    return b"id: %b\nretry: %d\ndata: \n\n" % (id, RETRY_MS)


class EventReader:
    """Takes bytes as they come and gives the data of whole events."""

    __slots__ = ("_data", "_kind", "_limit", "_pieces", "_size", "_started", "kinds", "last_id", "retry")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        """A line that has not ended yet."""
        self._data: list[bytes] = []
        self._size = 0
        """Bytes in `_pieces` and `_data`."""
        self._started = False
        self._kind = b""
        self.kinds: list[bytes] = []
        """The type of every event given out by the last `feed`, empty for `message`."""
        self.last_id = b""
        """From where the stream can be resumed, empty if it cannot."""
        self.retry = -1
        """Milliseconds to wait before that, -1 if the server did not say."""

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of every event that is complete now; raises UpstreamProtocolError beyond the limit."""
        if not self._started and piece:
            self._started = True
            piece = piece.removeprefix(b"\xef\xbb\xbf")
        self._size += len(piece)
        self._pieces.append(piece)
        self.kinds.clear()
        found = self._lines() if b"\n" in piece or b"\r" in piece or self._ends_in_cr() else []
        events = [data for line in found if (data := self._line(line)) is not None]
        if self._size > self._limit:
            raise UpstreamProtocolError("the server sent an event larger than it may")
        return events

    def _ends_in_cr(self) -> bool:
        return len(self._pieces) > 1 and self._pieces[-2][-1:] == b"\r"

    def _lines(self) -> list[bytes]:
        """Every line that has ended; the rest waits, with a CR that may be the first half of CRLF."""
        text = b"".join(self._pieces)
        held = text[-1:] == b"\r"
        if held:
            text = text[:-1]
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = text.split(b"\n")
        rest = rest + b"\r" if held else rest
        self._pieces = [rest] if rest else []
        self._size = len(rest) + sum(map(len, self._data))
        return lines

    def _line(self, line: bytes) -> bytes | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(value)
        elif name == b"event":
            self._kind = value.removeprefix(b" ")
        elif name == b"id" and len(value) <= _LONGEST_ID and b"\0" not in value:
            self.last_id = value.removeprefix(b" ")
        elif name == b"retry" and (number := value.strip()).isdigit() and len(number) < _DIGITS:
            self.retry = int(number)
        return None

    def _dispatch(self) -> bytes | None:
        data, self._data = b"\n".join(self._data), []
        kind, self._kind = self._kind, b""
        self._size = sum(map(len, self._pieces))
        if data:
            self.kinds.append(kind)
        return data or None
