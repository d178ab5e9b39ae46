"""Frames of the WebSocket protocol (RFC 6455 §5), in whatever pieces their bytes come."""

import base64
import hashlib
import os

from msgspec import Struct

from trigate.core.errors import BadRequest

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_CONTINUATION = 0
_KNOWN = frozenset({_CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SHORT = 125
"""Bytes of the largest payload whose length stands in the second byte, and of any control frame."""


class BadFrame(BadRequest):
    """What came is no frame, or larger than allowed."""

    code = "request.bad_frame"


class Frame(Struct, frozen=True):
    """A whole message, or a control frame."""

    opcode: int
    payload: bytes


class FrameReader:
    """Puts messages together; control frames come out where they stand."""

    __slots__ = ("_buffer", "_limit", "_masked", "_opcode", "_pieces", "_size")

    def __init__(self, limit: int, *, masked: bool) -> None:
        """`limit`: most bytes of a message. `masked`: as clients send them."""
        self._limit = limit
        self._masked = masked
        self._buffer = bytearray()
        self._pieces: list[bytes] = []
        self._opcode = 0
        self._size = 0

    def feed(self, data: bytes) -> list[Frame]:
        """What is complete now; raises BadFrame."""
        self._buffer += data
        found: list[Frame] = []
        while (raw := self._next()) is not None:
            if (frame := self._take(*raw)) is not None:
                found.append(frame)
        return found

    def _next(self) -> tuple[int, bytes] | None:
        """The first byte and the payload of the next frame; None if it is not all there."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        length, start = self._length(first, second)
        if length < 0:
            return None
        key_bytes = 4 if self._masked else 0
        end = start + key_bytes + length
        if len(buffer) < end:
            return None
        payload = bytes(buffer[start + key_bytes : end])
        if self._masked:
            payload = mask(payload, bytes(buffer[start : start + 4]))
        del buffer[:end]
        return first, payload

    def _length(self, first: int, second: int) -> tuple[int, int]:
        """Length of the payload, negative if it is not there yet, and where the rest begins."""
        opcode, length, buffer = first & 0x0F, second & 0x7F, self._buffer
        if first & 0x70 or opcode not in _KNOWN or bool(second & 0x80) is not self._masked:
            raise BadFrame("this is no frame of a WebSocket without extensions")
        if opcode >= CLOSE and (length > _SHORT or not first & 0x80):
            raise BadFrame("a control frame must be short and whole")
        start = 2
        if length > _SHORT:
            start = 4 if length == _SHORT + 1 else 10
            if len(buffer) < start:
                return -1, start
            length = int.from_bytes(buffer[2:start], "big")
        if length > self._limit or (opcode < CLOSE and self._size + length > self._limit):
            raise BadFrame(f"a message may have at most {self._limit} bytes here")
        return length, start

    def _take(self, first: int, payload: bytes) -> Frame | None:
        opcode, final = first & 0x0F, bool(first & 0x80)
        if opcode >= CLOSE:
            return Frame(opcode, payload)
        if (opcode == _CONTINUATION) is not bool(self._opcode):
            raise BadFrame("a frame continues nothing, or does not continue what was begun")
        self._opcode = self._opcode or opcode
        if payload:  # there is no limit on how many have nothing in them
            self._pieces.append(payload)
        self._size += len(payload)
        if not final:
            return None
        frame = Frame(self._opcode, self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces))
        self._pieces, self._opcode, self._size = [], 0, 0
        return frame


def write_frame(frame: Frame, *, masked: bool) -> bytes:
    """A frame; `masked` as clients send it."""
    payload, bit = frame.payload, 0x80 if masked else 0
    length = len(payload)
    head = bytes([0x80 | frame.opcode])
    if length <= _SHORT:
        head += bytes([bit | length])
    elif length < 2**16:
        head += bytes([bit | _SHORT + 1]) + length.to_bytes(2, "big")
    else:
        head += bytes([bit | _SHORT + 2]) + length.to_bytes(8, "big")
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + mask(payload, key)


def mask(payload: bytes, key: bytes) -> bytes:
    """The payload masked, or unmasked (RFC 6455 §5.3)."""
    length = len(payload)
    keys = (key * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(keys, "little")).to_bytes(length, "little")


def fresh_key() -> bytes:
    """What a client begins with (RFC 6455 §4.1)."""
    return base64.b64encode(os.urandom(16))


def accept_key(key: bytes) -> bytes:
    """What a server answers to it (RFC 6455 §4.2.2)."""
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
