"""Server-sent events (WHATWG HTML §9.2), written for callers and read from servers."""

from trigate.core.errors import UpstreamProtocolError


def event(message: bytes) -> bytes:
    """One message as an event; JSON has no raw line break, except between tokens."""
    if b"\n" in message or b"\r" in message:
        message = message.replace(b"\n", b" ").replace(b"\r", b" ")
    return b"event: message\ndata: " + message + b"\n\n"


class EventReader:
    """Takes bytes as they come and gives the data of whole events."""

    __slots__ = ("_data", "_limit", "_pieces", "_size", "_started")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        """A line that has not ended yet."""
        self._data: list[bytes] = []
        self._size = 0
        """Bytes in `_pieces` and `_data`."""
        self._started = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of every event that is complete now; raises UpstreamProtocolError beyond the limit."""
        if not self._started and piece:
            self._started = True
            piece = piece.removeprefix(b"\xef\xbb\xbf")
        self._size += len(piece)
        self._pieces.append(piece)
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
        return None

    def _dispatch(self) -> bytes | None:
        data, self._data = b"\n".join(self._data), []
        self._size = sum(map(len, self._pieces))
        return data or None
