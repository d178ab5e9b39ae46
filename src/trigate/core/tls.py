"""TLS for both sides of the gateway: one protocol between a raw transport and the protocol that speaks inside."""

import asyncio
import contextlib
import mmap
import ssl
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from trigate.core.batch import batched
from trigate.core.buffer import READ_BYTES, receive_buffer
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines

RECORD_BYTES = 16 * 1024
"""Most plaintext in one record (RFC 8446 §5.1)."""

Failed = Callable[[Exception], None]


class Inner(Protocol):
    """What speaks inside: an `asyncio.Protocol`, or anything with its methods."""

    def connection_made(self, transport: asyncio.BaseTransport, /) -> None: ...
    def data_received(self, data: bytes, /) -> None: ...
    def eof_received(self) -> bool | None: ...
    def connection_lost(self, exc: Exception | None, /) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...


class TlsTruncated(ConnectionError):
    """The stream ended without close_notify: what came may not be all that was sent (RFC 8446 §6.1)."""


def harden(context: ssl.SSLContext, minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> ssl.SSLContext:
    """Forbid renegotiation, compression and protocols below `minimum`; returns the same context."""
    context.minimum_version = minimum
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


class TlsLayer(asyncio.BufferedProtocol):
    """Shakes hands, then gives a new inner protocol a `TlsTransport`.

    If the handshake fails or takes longer than `handshake_seconds`, `inner_factory` is never called and `on_failed` is,
    once. A stream that ends without close_notify reaches the inner protocol as `connection_lost(TlsTruncated)`, without
    `eof_received` before it.
    """

    __slots__ = (
        "_context", "_deadlines", "_factory", "_failed", "_finished", "_hostname", "_incoming", "_inner", "_outgoing",
        "_paused", "_raw", "_room", "_seconds", "_server_side", "_tls", "_transport", "deadline", "error",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - the two sides differ in just these
        self,
        inner_factory: Callable[[], Inner],
        context: ssl.SSLContext,
        server_side: bool,
        server_hostname: str | None,
        deadlines: Deadlines,
        handshake_seconds: float,
        *,
        on_failed: Failed | None = None,
    ) -> None:
        self._factory = inner_factory
        self._context = context
        self._server_side = server_side
        self._hostname = server_hostname
        self._deadlines = deadlines
        self._seconds = handshake_seconds
        self._failed = on_failed
        self._room = receive_buffer()
        self._inner: Inner | None = None
        self._paused = False
        self._finished = False
        self.deadline = NEVER
        self.error: Exception | None = None
        """Why the layer broke the connection off, if it did."""

    # the raw transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake."""
        self._raw = batched(transport)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = self._context.wrap_bio(self._incoming, self._outgoing, self._server_side, self._hostname)
        self.deadline = clock.monotonic() + self._seconds
        self._deadlines.add(self)
        if not self._server_side:
            self._shake()

    def get_buffer(self, sizehint: int) -> mmap.mmap:
        """Where the loop reads to."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Take in `nbytes` of ciphertext."""
        self.data_received(self._room[:nbytes])

    def data_received(self, data: bytes | memoryview) -> None:
        """Take in ciphertext, so that layers can also be stacked."""
        if self.error is not None:
            return
        self._incoming.write(data)
        if self._inner is not None:
            self._pump()
        elif self._shake():
            self._open()

    def eof_received(self) -> bool:
        """The raw stream ended: in order only if close_notify came before; the write side stays open then."""
        if self._inner is None:
            self.fail(ConnectionError("the connection was closed during the TLS handshake"))
        elif not self._finished:
            self.fail(TlsTruncated("the connection was closed without TLS close_notify"))
        return self.error is None

    def connection_lost(self, exc: Exception | None) -> None:
        """The raw connection is gone, and with it the inner one."""
        self._deadlines.discard(self)
        inner = self._inner
        if inner is not None:
            inner.connection_lost(self.error or exc or self._cut())
            self._inner = None
        elif self.error is None:
            self.fail(exc or ConnectionError("the connection was lost during the TLS handshake"))

    def pause_writing(self) -> None:
        """The peer does not read."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The peer reads again."""
        if self._inner is not None:
            self._inner.resume_writing()

    def expire(self) -> None:
        """The handshake took too long."""
        self.fail(TimeoutError(f"the TLS handshake took longer than {self._seconds:g} s"))

    # the handshake

    def _shake(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        except (ssl.SSLError, ssl.CertificateError, ValueError) as error:
            self._flush()
            self.fail(error)
            return False
        self._flush()
        return True

    def _open(self) -> None:
        self.deadline = NEVER
        self._deadlines.discard(self)
        inner = self._inner = self._factory()
        self._transport = TlsTransport(self, self._raw, self._tls, self._outgoing)
        inner.connection_made(self._transport)
        self._pump()

    def fail(self, error: Exception) -> None:
        """Break off: queued alerts go out, nothing more comes in."""
        if self.error is not None:
            return
        self.error = error
        self.deadline = NEVER
        self._deadlines.discard(self)
        if isinstance(error, TimeoutError | TlsTruncated):
            self._raw.abort()
        else:
            self._raw.close()
        if self._inner is None and self._failed is not None:
            self._failed(error)

    def _cut(self) -> Exception | None:
        return None if self._finished or self._transport.is_closing() else TlsTruncated("the connection was cut")

    # plaintext in

    def pause(self) -> None:
        """Stop handing on plaintext, and reading."""
        if not self._paused:
            self._paused = True
            self._raw.pause_reading()

    def resume(self) -> None:
        """Hand on what was held back, then read again; never from within the caller."""
        if self._paused:
            self._paused = False
            asyncio.get_running_loop().call_soon(self._resumed)

    def _resumed(self) -> None:
        if self._paused or self._inner is None or self.error is not None:
            return
        self._pump()
        if not self._paused and not self._raw.is_closing():
            self._raw.resume_reading()

    def _pump(self) -> None:
        """Hand on plaintext until none is left or the inner protocol has enough."""
        while self._inner is not None and not self._paused and not self._finished:
            plain, more = self._decrypt()
            if plain and not self._transport.is_closing():
                self._inner.data_received(plain)
            if not more:
                break
        if self._finished and self._inner is not None and not self._paused:
            self._end(self._inner)

    def _decrypt(self) -> tuple[bytes, bool]:
        """Plaintext of the records at hand, up to READ_BYTES, and whether there may be more."""
        tls, incoming, pieces, size = self._tls, self._incoming, list[bytes](), 0
        try:
            while size < READ_BYTES:
                piece = tls.read(RECORD_BYTES)
                if not piece:
                    self._finished = True
                    return b"".join(pieces), False
                pieces.append(piece)
                size += len(piece)
                if not incoming.pending and not tls.pending():
                    return (piece if len(pieces) == 1 else b"".join(pieces)), False
        except ssl.SSLZeroReturnError:  # close_notify after our own
            self._finished = True
            return b"".join(pieces), False
        except ssl.SSLWantReadError:
            self._flush()  # a key update may want its answer (RFC 8446 §4.6.3)
            return b"".join(pieces), False
        except ssl.SSLError as error:
            self._flush()
            self.fail(error)
            return b"", False
        return b"".join(pieces), True

    def _end(self, inner: Inner) -> None:
        """Close_notify came: tell it once, and close unless the inner protocol wants to go on writing."""
        self._paused = True
        self._raw.pause_reading()
        if not inner.eof_received():
            self._transport.close()

    # plaintext out

    def _flush(self) -> None:
        if self._outgoing.pending and not self._raw.is_closing():
            self._raw.write(self._outgoing.read())

    def replace(self, inner: Inner) -> None:
        """Let another protocol speak inside from now on."""
        self._inner = inner

    def inner(self) -> Inner | None:
        """The protocol that speaks inside."""
        return self._inner


class TlsTransport(asyncio.Transport):
    """What the inner protocol writes to: each write becomes records and one write of the raw transport."""

    __slots__ = ("_closing", "_layer", "_outgoing", "_raw", "_shut", "_tls")

    def __init__(self, layer: TlsLayer, raw: asyncio.Transport, tls: ssl.SSLObject, outgoing: ssl.MemoryBIO) -> None:
        super().__init__()
        self._layer = layer
        self._raw = raw
        self._tls = tls
        self._outgoing = outgoing
        self._closing = False
        self._shut = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt and send `data`; dropped once the connection is closing or has failed."""
        if self._closing or self._shut or not data or self._layer.error is not None:
            return
        view = data
        try:
            while True:
                written = self._tls.write(view)
                if written == len(view):
                    break
                view = memoryview(view)[written:]
        except ssl.SSLError as error:
            self._layer.fail(error)
            return
        self._raw.write(self._outgoing.read())

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Encrypt and send all of it as one."""
        self.write(b"".join(list_of_data))

    def pause_reading(self) -> None:
        """Stop calling `data_received`, at once."""
        self._layer.pause()

    def resume_reading(self) -> None:
        """Call `data_received` again, not before the next turn of the loop."""
        self._layer.resume()

    def is_reading(self) -> bool:
        """Whether the raw transport reads."""
        return self._raw.is_reading()

    def can_write_eof(self) -> bool:
        """TLS can close one direction: close_notify ends only what its sender sends (RFC 8446 §6.1)."""
        return True

    def write_eof(self) -> None:
        """Send close_notify and go on reading."""
        if not self._shut and not self._closing:
            self._notify()

    def close(self) -> None:
        """Send close_notify behind what was written, and close."""
        if not self._closing:
            if not self._shut:
                self._notify()
            self._closing = True
            self._raw.close()

    def abort(self) -> None:
        """Close at once, without close_notify: the peer knows that the stream was cut."""
        self._closing = True
        self._raw.abort()

    def is_closing(self) -> bool:
        """Whether the connection is closing or closed."""
        return self._closing or self._raw.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Of TLS: `ssl_object`, `peercert_der` (DER, b"" if none); everything else is the raw transport's."""
        if name == "ssl_object":
            return self._tls
        if name == "peercert_der":
            return self._tls.getpeercert(binary_form=True) or b""
        return self._raw.get_extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Water marks of ciphertext, in bytes."""
        self._raw.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """Ciphertext not yet taken by the kernel, in bytes."""
        return self._raw.get_write_buffer_size()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Let another protocol speak inside from now on."""
        self._layer.replace(protocol)  # pyright: ignore[reportArgumentType] - any stream protocol has these methods

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol that speaks inside."""
        return self._layer.inner()  # pyright: ignore[reportReturnType]

    def _notify(self) -> None:
        self._shut = True
        with contextlib.suppress(ssl.SSLError):  # close_notify is written; that the peer's has not come yet is no fault
            self._tls.unwrap()
        if self._outgoing.pending and not self._raw.is_closing():
            self._raw.write(self._outgoing.read())
