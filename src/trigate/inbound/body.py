"""The caller's body as a pull stream, which is filled as bytes arrive and stops the caller when it is not read."""

from typing import Protocol

from trigate.core.errors import GatewayError, PayloadTooLarge
from trigate.core.parts import Data, Headers, Part, Trailers
from trigate.core.signal import Signal

UNREAD_BYTES = 64 * 1024
"""With this much unread, the connection is read no more."""
UNREAD_PIECES = 64
"""With this many unread pieces, they are joined: a flood of tiny ones must not cost more than its bytes."""


class Source(Protocol):
    """The connection a body comes from."""

    def await_body(self) -> None:
        """The exchange waits for the caller: send what is held back, and `100 Continue` if the caller waits for it."""
        ...

    def body_taken(self) -> None:
        """There is room for more."""
        ...


class CallerBody:
    """The incoming stream of one request."""

    __slots__ = (
        "_complete", "_error", "_pieces", "_source", "_trailers", "declared", "signal", "size", "taken", "unread",
    )  # fmt: skip

    def __init__(self, source: Source, signal: Signal, declared: int) -> None:
        self._source = source
        self.signal = signal
        self.declared = declared
        """Length the head promised, negative if it did not say."""
        self.size = 0
        self.taken = False
        self.unread = 0
        """Bytes received and not yet read."""
        self._pieces: list[bytes] = []
        self._trailers: Headers = []
        self._complete = False
        self._error: GatewayError | None = None

    # the connection's side

    def push(self, payload: bytes) -> None:
        """Take a piece that arrived."""
        pieces = self._pieces
        if len(pieces) >= UNREAD_PIECES:
            pieces[:] = [b"".join(pieces)]
        pieces.append(payload)
        self.size += len(payload)
        self.unread += len(payload)
        self.signal.notify()

    def complete(self, trailers: Headers) -> None:
        """All has arrived."""
        self._trailers = trailers
        self._complete = True
        self.signal.notify()

    def fail(self, error: GatewayError) -> None:
        """No more will arrive that could be understood."""
        if not self._complete:
            self._error = error
            self.signal.notify()

    def reopen(self) -> None:
        """The connection changed its protocol: what comes now is another stream."""
        self._complete = False

    @property
    def whole(self) -> bool:
        """Whether all has arrived."""
        return self._complete

    # the exchange's side

    @property
    def ready(self) -> bool:
        """Whether `next` returns or raises at once."""
        return bool(self._pieces) or self._complete or self._error is not None

    @property
    def ended(self) -> bool:
        """Whether all has arrived and been read."""
        return self._complete and not self._pieces and not self._trailers

    async def next(self) -> Part | None:
        """The next part, None at the end; raises what is wrong with the body (BadRequest, RequestTimeout)."""
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._trailers:
                trailers, self._trailers = self._trailers, []
                return Trailers(trailers)
            if self._complete:
                return None
            self._source.await_body()
            await self.signal.wait()
        return Data(self._take())

    async def read(self, limit: int) -> bytes:
        """The whole body; PayloadTooLarge as soon as it is known to exceed `limit` bytes. Trailers are dropped."""
        if self._complete and len(self._pieces) == 1 and self.size <= limit and not self.taken:
            return self._take()
        pieces = list[bytes]()
        while True:
            if self.declared > limit or self.size > limit:
                raise PayloadTooLarge(f"the body is larger than the {limit} bytes that are read here")
            if self._pieces:
                pieces.append(self._take())
            if self._complete:
                self._trailers = []
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)
            if self._error is not None:
                raise self._error
            self._source.await_body()
            await self.signal.wait()

    def _take(self) -> bytes:
        pieces = self._pieces
        payload = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self.unread = 0
        self.taken = True
        self._source.body_taken()
        return payload
