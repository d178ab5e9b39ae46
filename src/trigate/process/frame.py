"""Frames of the message bus: a length, a stream and a kind before every payload."""

import struct
from collections.abc import Iterator
from enum import IntEnum

HEADER = struct.Struct("<IIB")
FRAME_BYTES = 64 * 1024
"""Most payload bytes of one frame; longer messages go as several."""
OPENING_BYTES = 8 * 2**20
"""Most of the one that opens a stream, which goes whole: what callers sent may be in it."""


class Kind(IntEnum):
    """What a frame says about its stream."""

    OPEN = 1
    """Name of a service, a zero byte, the opening message."""
    PART = 2
    """A part of a message that others follow."""
    LAST = 3
    """The last or only part of a message."""
    CREDIT = 4
    """The reader has taken this many bytes (four, little-endian) off the stream."""
    CLOSE = 5
    """The stream has ended well."""
    BREAK = 6
    """The stream has ended and what was under way is lost."""


class FrameError(Exception):
    """The other side does not speak this protocol."""


def encode(stream: int, kind: Kind, payload: bytes = b"") -> bytes:
    """One frame."""
    return HEADER.pack(len(payload), stream, kind) + payload


def split(message: bytes) -> Iterator[tuple[Kind, bytes]]:
    """The parts of a message, each no longer than a frame takes."""
    last = max(0, (len(message) - 1) // FRAME_BYTES * FRAME_BYTES)
    for start in range(0, last, FRAME_BYTES):
        yield Kind.PART, message[start : start + FRAME_BYTES]
    yield Kind.LAST, message[last:]


class Frames:
    """Cuts a stream of bytes into frames."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[int, Kind, bytes]]:
        """Every frame that `data` completes; raises FrameError."""
        buffer = self._rest + data if self._rest else data
        found: list[tuple[int, Kind, bytes]] = []
        at, size = 0, len(buffer)
        while at + HEADER.size <= size:
            length, stream, number = HEADER.unpack_from(buffer, at)
            if number not in _KINDS or length > (OPENING_BYTES if number == Kind.OPEN else FRAME_BYTES):
                raise FrameError(f"a frame of kind {number} with {length} bytes")
            end = at + HEADER.size + length
            if end > size:
                break
            found.append((stream, _KINDS[number], buffer[at + HEADER.size : end]))
            at = end
        self._rest = buffer[at:]
        return found


_KINDS = {int(kind): kind for kind in Kind}
