"""Server-sent events in whatever pieces their bytes come (HTML, server-sent events §9.2.5 and §9.2.6)."""

import re

from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError

BORDER = re.compile(rb"\n\n|\n\r\n?|\r\r\n?")
"""A line end and an empty line, in any mixture of LF, CR and CRLF."""
_BOM = b"\xef\xbb\xbf"


class ServerEvent(Struct):
    """One event: its type, empty if it does not say, and its data."""

    event: str
    data: bytes


class EventReader:
    """Cuts a stream into events; comments and events without data are left out."""

    __slots__ = ("_limit", "_pending")

    def __init__(self, limit: int) -> None:
        """`limit`: most bytes of an event."""
        self._limit = limit
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The events that are complete now; raises UpstreamProtocolError if one is too large."""
        pending = self._pending
        if not pending and data[-2:] == b"\n\n" and data.find(b"\r") < 0:
            return [each for event in data.split(b"\n\n") if event and (each := read_event(event)) is not None]
        pending += data
        end = last_border(pending, max(0, len(pending) - len(data) - 2))
        if not end:
            self._check()
            return []
        block = bytes(pending[:end])
        del pending[:end]
        self._check()
        return [each for event in BORDER.split(block) if (each := read_event(event)) is not None]

    def finish(self) -> list[ServerEvent]:
        """The stream has ended: some servers leave out the last empty line."""
        return self.feed(b"\n\n") if self._pending.strip() else []

    def _check(self) -> None:
        if len(self._pending) > self._limit:
            raise UpstreamProtocolError(f"the provider sent an event of more than {self._limit} bytes")


def last_border(buffer: bytes | bytearray, start: int) -> int:
    """Where the last complete event ends, 0 if there is none; looks from `start` on only."""
    end = buffer.rfind(b"\n\n", start)
    if buffer.find(b"\r") >= 0:
        end = max(end, buffer.rfind(b"\n\r", start), buffer.rfind(b"\r\r", start))
    if end < 0:
        return 0
    return end + 3 if buffer[end + 1] == 0x0D and buffer[end + 2 : end + 3] == b"\n" else end + 2


def read_event(block: bytes) -> ServerEvent | None:
    """One event from its lines; None if it has no data."""
    event = ""
    data: list[bytes] = []
    for line in block.removeprefix(_BOM).splitlines():
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" "))
        elif name == b"event":
            event = value.removeprefix(b" ").decode("utf-8", "replace")
    return ServerEvent(event, b"\n".join(data)) if data else None


def write_event(data: bytes, event: str = "") -> bytes:
    """An event; `data` is one line."""
    return b"event: %b\ndata: %b\n\n" % (event.encode(), data) if event else b"data: %b\n\n" % data
