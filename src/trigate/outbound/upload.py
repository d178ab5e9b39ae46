"""Sends a caller's body upstream, piece by piece, as fast as both ends allow."""

from typing import Protocol

from trigate.core.errors import InternalError
from trigate.core.fields import may_trail
from trigate.core.parts import Data, Headers, Part, Trailers
from trigate.core.stream import Incoming
from trigate.outbound.request import CHUNKED, NO_BODY

RAW = -3
"""Length of a flow without framing, after a switch of protocols."""


class Line(Protocol):
    """What an upload writes to."""

    writable: bool
    """The upstream takes what it is sent."""

    def write(self, pieces: list[bytes]) -> None: ...
    def write_eof(self) -> None: ...
    def uploaded(self) -> None: ...
    def released(self) -> None: ...


class Upload:
    """The request's body on its way; `step` is called whenever `ready`."""

    __slots__ = ("_incoming", "_left", "_line", "_pull", "finished", "held", "started")

    def __init__(self, incoming: Incoming, length: int, held: bool) -> None:
        self._incoming = incoming
        self._left = length
        self._line: Line
        self._pull = held
        self.held = held
        """The body waits for `100 Continue`."""
        self.started = False
        """Something of the body was taken, so it cannot be sent again."""
        self.finished = length == NO_BODY

    def attach(self, line: Line) -> None:
        """Send over `line` from now on."""
        self._line = line

    def switch(self) -> None:
        """The protocol was switched: from now on bytes go as they come."""
        self._left, self.finished, self.held = RAW, False, False

    @property
    def ready(self) -> bool:
        """Whether `step` can do something without waiting (the caller of a held body waits for the first pull)."""
        if self.finished or not self._line.writable:
            return False
        if self.held:
            return 0 < self._left <= self._incoming.size  # all of it is here: nobody is spared anything by waiting
        return self._pull or self._incoming.ready or self._incoming.ended

    async def step(self) -> None:
        """Send one piece, or the end."""
        self._pull = False
        self.started = True
        if self.held:
            self.held = False
            self._line.released()
        part = await self._incoming.next()
        if isinstance(part, Data):
            self._send(part.payload)
        elif part is None or isinstance(part, Trailers):
            self._end(part)

    def _send(self, payload: bytes) -> None:
        if not payload:
            return  # an empty chunk would end the body
        if self._left == CHUNKED:
            self._line.write([b"%x\r\n" % len(payload), payload, b"\r\n"])
            return
        if self._left != RAW:
            self._left -= len(payload)
            if self._left < 0:
                raise InternalError("the body is longer than its declared length")
        self._line.write([payload])

    def _end(self, part: Part | None) -> None:
        if self._left > 0:
            raise InternalError("the body is shorter than its declared length")
        self.finished = True
        if self._left == CHUNKED:
            self._line.write([b"0\r\n", *trailer_lines(part), b"\r\n"])
        elif self._left == RAW:
            self._line.write_eof()
        self._line.uploaded()


def trailer_lines(part: Part | None) -> list[bytes]:
    """The trailer section of a chunked body; fields that mean nothing there are left out."""
    headers: Headers = part.headers if isinstance(part, Trailers) else []
    return [b"%b: %b\r\n" % pair for pair in headers if may_trail(pair[0])]
