"""Where an answer goes: framed for HTTP/1.1, held back where that saves a write, stopped while nobody reads."""

import asyncio
from typing import Protocol

from msgspec import Struct

from trigate.core.errors import InternalError
from trigate.core.parts import Data, End, Head, Headers, Part, Trailers
from trigate.core.signal import Signal
from trigate.core.strand import Run
from trigate.inbound.answer import Block, encode_head, encode_interim, encode_trailers

COPIED_BYTES = 16 * 1024
"""Smaller pieces are copied together with their framing, because one larger write costs less than two."""

UNFRAMED = -1
"""Nothing counts the bytes: they end with the connection, or with the protocol that took it over."""
CHUNKED = -2
BODILESS = -3
"""An answer that has no body, whatever it is given (HEAD, 204, 304)."""


class Carrier(Protocol):
    """The connection that carries the answer."""

    transport: asyncio.Transport
    stalled: bool
    """The caller does not read."""

    @property
    def closes(self) -> bool:
        """No further request will be answered on the connection."""
        ...

    def date_line(self) -> bytes:
        """The `date` field of this second."""
        ...

    def switch(self) -> None:
        """The connection changes its protocol now."""
        ...

    def answered(self, keep_alive: bool) -> None:
        """The answer is whole and written."""
        ...

    def go_on(self) -> None:
        """The same, where the connection is known to serve further requests."""
        ...

    def reset(self) -> None:
        """Break the connection off."""
        ...


class CallerSink(Struct, eq=False):
    """The answer to one request."""

    signal: Signal
    carrier: Carrier
    head_only: bool
    """The request's method is HEAD."""
    modern: bool
    """The caller speaks HTTP/1.1."""
    size: int = 0
    committed: bool = False
    left: bool = False
    detached: bool = False
    ended: bool = False
    """Finished or aborted."""
    keep_alive: bool = True
    task: Run | None = None
    """Serves the exchange; the connection keeps it alive through this sink."""
    extra: bytes = b""
    """Whole field lines that the final head carries besides its own."""
    held: Block | None = None
    trailers: Headers | None = None
    framing: int = UNFRAMED
    """Body bytes still promised by `content-length`, or one of the constants."""

    @property
    def ready(self) -> bool:
        """Whether `send` returns at once."""
        return not self.carrier.stalled or self.left

    async def send(self, part: Part) -> None:
        """Hand `part` on, and wait while the caller does not read."""
        self.put(part)
        carrier = self.carrier
        while carrier.stalled and not self.left:
            await self.signal.wait()

    def put(self, part: Part) -> None:
        """Hand `part` on; raises InternalError for one that cannot be sent."""
        if self.left or self.ended:
            return
        if type(part) is Data:
            payload = part.payload
            size = len(payload)
            if self.framing == CHUNKED and 0 < size < COPIED_BYTES:
                self.size += size
                self.carrier.transport.write(b"%x\r\n%b\r\n" % (size, payload))
            elif payload:
                self._stream(payload)
        elif type(part) is Head:
            self.begin(part)
        elif type(part) is Trailers:
            self.trailers = part.headers
        elif type(part) is not End:
            raise InternalError("a connection carries heads, data and trailers only")

    def put_chunk(self, payload: bytes, chunk: bytes) -> None:
        """Hand on a piece of a body that came as a whole chunk (RFC 9112 §7.1): mostly it can go on as it is."""
        if self.framing == CHUNKED and not (self.left or self.ended):
            self.size += len(payload)
            self.carrier.transport.write(chunk)
        else:
            self.put(Data(payload))

    def flush(self) -> None:
        """Write a head that is held back."""
        if self.held is not None and not self.left:
            self.carrier.transport.write(self._open(self.held))

    def finish(self, part: Part) -> None:
        """Hand on the last part, and end the answer; one that is not as long as promised is reset."""
        block, carrier = self.held, self.carrier
        if (
            block is not None
            and type(part) is Data
            and block.length in (-1, size := len(part.payload))
            and size < COPIED_BYTES
            and not (block.bodiless or self.head_only or self.ended or self.left or self.trailers or carrier.closes)
            and self.modern
        ):
            # The most common answer of all in one go: small, whole, on a connection that goes on.
            self.held = None
            self.committed = self.ended = True
            self.size = size
            date = block.date or carrier.date_line()
            sized = block.sized or b"%bcontent-length: %d\r\n" % (block.lines, size)
            carrier.transport.write(b"".join((sized, self.extra, date, b"\r\n", part.payload)))
            carrier.go_on()
            return
        if self.left or self.ended:
            self.ended = True
            return
        payload = b""
        if type(part) is Data:
            payload = part.payload
        else:
            self.put(part)
        if self.ended:
            return
        self._close(payload)

    def abort(self) -> None:
        """Break the answer off: the connection is reset."""
        if not self.ended:
            self.ended = True
            if not self.left:
                self.carrier.reset()

    # heads

    def begin(self, head: Head) -> None:
        """Hand on a head, final or informational; raises InternalError for one that cannot be sent."""
        if self.left or self.ended:
            return
        if self.committed:
            raise InternalError("an answer has one head only")
        if head.status >= 200:
            self.held = head.encoded or encode_head(head)
        elif head.status == 101:
            encoded = encode_interim(head)
            self.carrier.switch()
            self.carrier.transport.write(encoded)
            self.committed = True
        elif self.modern:
            self.carrier.transport.write(encode_interim(head))

    def _open(self, block: Block) -> bytes:
        """The head of an answer whose body follows piece by piece."""
        if self.head_only or block.bodiless:
            return self._seal(block, BODILESS, block.length if block.status != 204 else -1)
        if block.length >= 0:
            return self._seal(block, block.length, block.length)
        if self.modern:
            return self._seal(block, CHUNKED, -1)
        self.keep_alive = False
        return self._seal(block, UNFRAMED, -1)

    def _seal(self, block: Block, framing: int, length: int) -> bytes:
        """Complete a head with framing, persistence and date."""
        self.held = None
        self.committed = True
        self.framing = framing
        date = block.date or self.carrier.date_line()
        frame = b"content-length: %d\r\n" % length if length >= 0 else b""
        if framing == CHUNKED:
            frame = b"transfer-encoding: chunked\r\n"
        if self.carrier.closes or not self.keep_alive:
            self.keep_alive = False
            frame += b"connection: close\r\n"
        elif not self.modern:
            frame += b"connection: keep-alive\r\n"
        return b"%b%b%b%b\r\n" % (block.lines, self.extra, frame, date)

    # bodies

    def _stream(self, payload: bytes) -> None:
        self.size += len(payload)
        opening = self._open(self.held) if self.held is not None else b""
        framing = self.framing
        if not self.committed:
            raise InternalError("an answer begins with its head")
        if framing == CHUNKED:
            self._write(b"%b%x\r\n" % (opening, len(payload)), payload, b"\r\n")
        elif framing == UNFRAMED:
            self._write(opening, payload, b"")
        elif framing == BODILESS:
            if opening:
                self.carrier.transport.write(opening)
        elif len(payload) <= framing:
            self.framing = framing - len(payload)
            self._write(opening, payload, b"")
        else:
            self.abort()

    def _write(self, before: bytes, payload: bytes, after: bytes) -> None:
        transport = self.carrier.transport
        if len(payload) < COPIED_BYTES:
            transport.write(before + payload + after if before else payload)
        else:
            transport.writelines([each for each in (before, payload, after) if each])

    # ends

    def _close(self, payload: bytes) -> None:
        if self.held is not None and not self.trailers:
            self._write_whole(self.held, payload)
            return
        if payload and self.framing == CHUNKED and self.committed and len(payload) < COPIED_BYTES:
            self.size += len(payload)
            end = encode_trailers(self.trailers or [])
            self.carrier.transport.write(b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(payload), payload, end))
            self._end()
            return
        if payload:
            self._stream(payload)
        elif self.held is not None:
            self.carrier.transport.write(self._open(self.held))
        if self.ended:
            return
        if not self.committed or self.framing > 0:
            self.abort()
            return
        if self.framing == CHUNKED:
            self.carrier.transport.write(b"0\r\n%b\r\n" % encode_trailers(self.trailers or []))
        self._end()

    def _write_whole(self, block: Block, payload: bytes) -> None:
        """The whole answer is known: its length too."""
        length = block.length
        self.size += len(payload)
        if self.head_only or block.bodiless:
            known = len(payload) if length < 0 and payload else length
            self.carrier.transport.write(self._seal(block, BODILESS, known if block.status != 204 else -1))
        elif length < 0 or length == len(payload):
            self._write(self._seal(block, 0, len(payload)), payload, b"")
        else:
            self.abort()
            return
        self._end()

    def _end(self) -> None:
        self.ended = True
        self.carrier.answered(self.keep_alive)
