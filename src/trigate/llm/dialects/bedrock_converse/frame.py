"""Binary frames of AWS event streams: a prelude, headers and a payload, each proved by a CRC-32.

total length 4 | headers length 4 | CRC of these 4 | headers | payload | CRC of all before 4
header: name length 1 | name | kind 1 | value
"""

import struct
from zlib import crc32

from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError

PRELUDE = 12
"""Bytes before the headers."""
LEAST = 16
"""Bytes of a frame that says nothing."""
_TEXT = 7
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of the kinds of values that have no length of their own: booleans, integers, timestamps, UUIDs."""
_lengths = struct.Struct(">III").unpack_from
_one = struct.Struct(">I").pack
_two = struct.Struct(">II").pack


class Frame(Struct):
    """One message; values of headers that are no texts are written in hexadecimal."""

    headers: dict[str, str]
    payload: bytes


def write_frame(headers: dict[str, str], payload: bytes) -> bytes:
    """One frame."""
    return frame_of(write_headers(headers), payload)


def write_headers(headers: dict[str, str]) -> bytes:
    """The headers of a frame, for frames that have the same again and again."""
    return b"".join([_write_header(name, value) for name, value in headers.items()])


def frame_of(head: bytes, payload: bytes) -> bytes:
    """One frame, its headers written already."""
    prelude = _two(LEAST + len(head) + len(payload), len(head))
    body = prelude + _one(crc32(prelude)) + head + payload
    return body + _one(crc32(body))


def _write_header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack(f">B{len(key)}sBH", len(key), key, _TEXT, len(text)) + text


def frame_length(data: bytes | bytearray, start: int, limit: int) -> int:
    """Bytes of the frame that begins at `start`, of which the prelude is there; raises UpstreamProtocolError."""
    total, headers, proof = _lengths(data, start)
    if crc32(data[start : start + 8]) != proof:
        raise UpstreamProtocolError("the provider's stream is damaged: a prelude does not fit its checksum")
    if total > limit:
        raise UpstreamProtocolError(f"the provider sent an event of more than {limit} bytes")
    if total < LEAST + headers:
        raise UpstreamProtocolError("the provider's stream is damaged: headers longer than their frame")
    return total


class FrameReader:
    """Cuts a stream into frames, in whatever pieces its bytes come."""

    __slots__ = ("_limit", "_pending")

    def __init__(self, limit: int) -> None:
        """`limit`: most bytes of a frame."""
        self._limit = limit
        self._pending = b""

    @property
    def empty(self) -> bool:
        """Whether no frame has begun."""
        return not self._pending

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now; raises UpstreamProtocolError."""
        data = self._pending + data if self._pending else data
        found: list[Frame] = []
        start = 0
        while len(data) - start >= PRELUDE:
            end = start + frame_length(data, start, self._limit)
            if end > len(data):
                break
            found.append(read_frame(data[start:end]))
            start = end
        self._pending = data[start:]
        return found


def read_frame(data: bytes) -> Frame:
    """A frame that is whole; raises UpstreamProtocolError."""
    if crc32(data[:-4]) != int.from_bytes(data[-4:], "big"):
        raise UpstreamProtocolError("the provider's stream is damaged: a frame does not fit its checksum")
    border = PRELUDE + int.from_bytes(data[4:8], "big")
    try:
        return Frame(_read_headers(data[PRELUDE:border]), data[border:-4])
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise UpstreamProtocolError("the provider's stream is damaged: headers that cannot be read") from error


def _read_headers(data: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    place = 0
    while place < len(data):
        after = place + 1 + data[place]
        name, kind = data[place + 1 : after].decode(), data[after]
        place = after + 1
        size = _SIZES.get(kind)
        if size is None:
            if kind not in {6, _TEXT}:
                raise KeyError(kind)
            size = int.from_bytes(data[place : place + 2], "big")
            place += 2
        if place + size > len(data):
            raise IndexError(place)
        value = data[place : place + size]
        headers[name] = value.decode() if kind == _TEXT else value.hex()
        place += size
    return headers
