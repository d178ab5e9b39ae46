"""An upstream's answer as the lanes see it: a head, then body bytes as they come, then perhaps trailers."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from trigate.core.errors import GatewayError, InternalError, UpstreamProtocolError
from trigate.core.parts import Head, Headers
from trigate.core.signal import Signal
from trigate.core.stream import Sink
from trigate.outbound.upload import Upload

HIGH_WATER = 64 * 1024
"""Bytes of a body that may wait to be taken before the upstream is no longer read."""

Taker = Callable[[bytes, bytes], bool]
"""Takes a piece of a body, or declines it; beside it the whole chunk that it came as, b"" if that is not at hand."""


class Source(Protocol):
    """The connection an answer comes from."""

    def resume(self) -> None: ...
    def leave(self) -> None: ...


class Answer(Struct, eq=False):
    """Filled by its connection, emptied by the exchange's task; `close` it in a `finally`."""

    signal: Signal
    bodyless: bool
    """The request was a HEAD."""
    upgrade: bool
    """The request asked for another protocol."""
    upload: Upload | None
    source: Source | None = None
    """The connection, as long as this answer is bound to it."""
    address: str = ""
    """Where the connection leads: `address:port`, or the path of a socket."""
    final: Head | None = None
    informational: list[Head] = []
    trailers: Headers | None = None
    chunks: list[bytes] = []
    buffered: int = 0
    received: bool = False
    """At least one byte came back."""
    lost: bool = False
    """The upstream ended the connection before the answer."""
    reset: bool = False
    """The connection was reset rather than ended."""
    done: bool = False
    """The whole answer was received."""
    error: GatewayError | None = None
    taker: Taker | None = None
    """Deals with body bytes in the turn of the loop in which they come; False leaves them to the exchange's task."""

    @property
    def head(self) -> Head:
        """Status and end-to-end fields, there once an answer is handed out; may be shared, so never change it."""
        if self.final is None:
            raise InternalError("an answer was looked at before its head came")
        return self.final

    @property
    def ended(self) -> bool:
        """Whether all of the body was received and taken."""
        return self.done and not self.chunks

    @property
    def complete(self) -> bool:
        """Whether the whole answer is here, so that nothing must be awaited."""
        return self.done

    def take(self) -> bytes:
        """The body bytes at hand; b"" if there are none."""
        chunks = self.chunks
        if not chunks:
            return b""
        self.chunks = []
        if self.buffered >= HIGH_WATER and self.source is not None:
            self.source.resume()
        self.buffered = 0
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def more(self, sink: Sink | None = None) -> bytes:
        """Body bytes as soon as there are any and `sink` has room for them; b"" at the end.

        Before it waits, `sink` is flushed. The caller's body goes on upstream meanwhile. Raises StreamBroken or
        UpstreamTimeout if the upstream breaks off, and what the caller's body raises.
        """
        while True:
            if self.chunks:
                if sink is None or sink.ready:
                    return self.take()
            elif self.done:
                return b""
            elif self.error is not None:
                raise self.error
            if self.upload is not None and self.upload.ready:
                await self.upload.step()
                continue
            if sink is not None:
                sink.flush()
            await self.signal.wait()

    async def hand_over(self, taker: Taker, sink: Sink) -> None:
        """Let `taker` deal with body bytes as they come, which saves waking a task for each of many small pieces.

        Returns once it has declined some, which are then there to `take`, after `recall`, and when the answer has ended
        or failed: `more` then says how. `taker` does not wait, and raises nothing. Only for asks whose body went out
        whole: nothing is uploaded meanwhile.
        """
        self.taker = taker
        sink.flush()
        try:
            while self.taker is not None and not (self.chunks or self.done or self.error is not None):
                await self.signal.wait()
        finally:
            self.taker = None

    def recall(self) -> None:
        """Give what comes next to the exchange's task again."""
        self.taker = None
        self.signal.notify()

    def progressed(self) -> None:
        """Something came: bytes of the body to be dealt with now, or by the exchange's task."""
        taker, chunks = self.taker, self.chunks
        if taker is None:
            self.signal.notify()
        elif chunks:
            if len(chunks) > 1:
                chunks = self.chunks = [b"".join(chunks)]
            if taker(chunks[0], b""):
                self.take()
            else:
                self.recall()

    def keep(self, payload: bytes) -> None:
        """Bytes of the body that the taker declined: the exchange's task will take them."""
        self.chunks.append(payload)
        self.buffered += len(payload)
        self.recall()

    async def read(self, limit: int) -> bytes:
        """The rest of the body; raises UpstreamProtocolError as soon as it exceeds `limit` bytes."""
        pieces, size = list[bytes](), 0
        while piece := await self.more():
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise UpstreamProtocolError(f"the upstream's answer is larger than {limit} bytes")
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Give the connection up: at once, and by a reset, if the exchange over it has not ended. Idempotent."""
        source = self.source
        if source is not None:
            self.source = None
            source.leave()

    async def headed(self, sink: Sink | None) -> None:
        """Wait for the final head; informational ones go to `sink`."""
        while self.final is None or self.informational:
            if self.informational:
                heads, self.informational = self.informational, []
                if sink is not None:
                    for head in heads:
                        await sink.send(head)
            elif self.error is not None:
                raise self.error
            elif self.upload is not None and self.upload.ready:
                await self.upload.step()
            else:
                await self.signal.wait()
