"""Bodies as they arrive: counted by `Content-Length`, chunked, or raw once a connection has changed its protocol."""

import re
from typing import Protocol

from trigate.core.errors import BadRequest
from trigate.core.fields import may_trail
from trigate.core.parts import Headers
from trigate.inbound.field import OURS, read_field, refuse_repeated
from trigate.inbound.settings import InboundLimits

EXTENSION_BYTES = 16 * 1024
"""Most bytes of chunk extensions in one body: nobody reads them."""
SIZE_LINE_BYTES = 4 * 1024
"""Most bytes of one line with a chunk's size and extensions."""
CR = b"\r"

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\t -~\x80-\xff]*)?")


class Receiver(Protocol):
    """Where the bytes of a body go."""

    def push(self, payload: bytes) -> None:
        """Take a piece, never empty."""
        ...

    def complete(self, trailers: Headers) -> None:
        """The body is whole."""
        ...


class Counted:
    """A body of a known length."""

    __slots__ = ("_left",)

    def __init__(self, length: int) -> None:
        self._left = length

    def feed(self, raw: bytes, body: Receiver) -> bytes:
        """Pass on what belongs to the body; returns what comes behind it."""
        size = len(raw)
        if size < self._left:
            if raw:
                self._left -= size
                body.push(raw)
            return b""
        payload = raw if size == self._left else raw[: self._left]
        rest = raw[self._left :]
        self._left = 0
        if payload:
            body.push(payload)
        body.complete([])
        return rest


class Raw:
    """Bytes of another protocol, without an end of their own."""

    __slots__ = ()

    def feed(self, raw: bytes, body: Receiver) -> bytes:
        """Pass on everything."""
        if raw:
            body.push(raw)
        return b""


class Chunked:
    """A body in chunks (RFC 9112 §7.1), with the trailer fields behind it."""

    __slots__ = ("_extensions", "_left", "_limits", "_step", "_trailer_bytes", "_trailers")

    def __init__(self, limits: InboundLimits) -> None:
        self._limits = limits
        self._step = Chunked._size
        self._left = 0
        self._extensions = 0
        self._trailers: Headers = []
        self._trailer_bytes = 0

    def feed(self, raw: bytes, body: Receiver) -> bytes:
        """Pass on what belongs to the body; returns what comes behind it, or is not understood before more arrives."""
        position, pieces = 0, list[bytes]()
        try:
            while self._step is not Chunked._done:
                following = self._step(self, raw, position, pieces)
                if following < 0:
                    break
                position = following
        finally:
            if pieces:
                body.push(b"".join(pieces))
        if self._step is Chunked._done:
            body.complete(self._trailers)
        return raw[position:]

    def _size(self, raw: bytes, position: int, pieces: list[bytes]) -> int:
        end = _line_end(raw, position, SIZE_LINE_BYTES)
        if end < 0:
            return -1
        found = _SIZE.fullmatch(raw, position, end)
        if found is None:
            raise BadRequest("a chunk does not begin with its size in hexadecimal digits")
        self._extensions += end - found.end(1)
        if self._extensions > EXTENSION_BYTES:
            raise BadRequest(f"there are more than {EXTENSION_BYTES} bytes of chunk extensions")
        self._left = int(found[1], 16)
        self._step = Chunked._payload if self._left else Chunked._trailer
        return end + 2

    def _payload(self, raw: bytes, position: int, pieces: list[bytes]) -> int:
        payload = raw[position : position + self._left]
        if not payload:
            return -1
        pieces.append(payload)
        self._left -= len(payload)
        if not self._left:
            self._step = Chunked._gap
        return position + len(payload)

    def _gap(self, raw: bytes, position: int, pieces: list[bytes]) -> int:
        behind = raw[position : position + 2]
        if behind != b"\r\n"[: len(behind)]:
            raise BadRequest("a chunk is longer than it says")
        if len(behind) < 2:
            return -1
        self._step = Chunked._size
        return position + 2

    def _trailer(self, raw: bytes, position: int, pieces: list[bytes]) -> int:
        end = _line_end(raw, position, self._limits.line)
        if end < 0:
            return -1
        if end == position:
            refuse_repeated(self._trailers)
            self._step = Chunked._done
        else:
            self._add(raw[position:end])
        return end + 2

    def _add(self, line: bytes) -> None:
        self._trailer_bytes += len(line)
        if self._trailer_bytes > self._limits.head or len(self._trailers) >= self._limits.fields:
            raise BadRequest("there are too many trailer fields")
        found = read_field(line, self._limits.line)
        if not may_trail(found[0]):
            raise BadRequest(f"the field {found[0].decode()} must not come behind the body")
        if found[0] not in OURS:
            self._trailers.append(found)

    def _done(self, raw: bytes, position: int, pieces: list[bytes]) -> int:
        return -1


Framing = Counted | Chunked | Raw


def _line_end(raw: bytes, position: int, limit: int) -> int:
    """Where the line that starts at `position` ends, -1 if it has not arrived; raises BadRequest if it never will."""
    end = raw.find(b"\r\n", position)
    length = (end if end >= 0 else len(raw)) - position
    if length > limit:
        raise BadRequest(f"a line in the chunked body is longer than {limit} bytes")
    if end < 0 and (b"\n" in raw[position:] or CR in raw[position:-1]):
        raise BadRequest("a line in the chunked body does not end in CR LF")
    return end
