"""The two ends an exchange has towards its caller: what comes in, and where the answer goes."""

from typing import Protocol

from msgspec import Struct

from trigate.core.errors import PayloadTooLarge
from trigate.core.parts import Data, Head, Part
from trigate.core.signal import Signal
from trigate.core.strand import Run


class Incoming(Protocol):
    """The caller's body or messages as a pull stream: reading acknowledges credit, an unread one stops the caller."""

    signal: Signal
    """Notified when `ready` or `ended` becomes true."""

    @property
    def size(self) -> int:
        """Body bytes received so far."""
        ...

    @property
    def taken(self) -> bool:
        """Something was read from it: the ask cannot be sent to another target any more."""
        ...

    @property
    def ready(self) -> bool:
        """Whether `next` returns a part without waiting for the caller."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the caller has sent all and all has been read."""
        ...

    async def next(self) -> Part | None:
        """The next part (Data, Trailers or Message), or None at the end; sends `100 Continue` first if the caller
        waits for it.

        Raises BadRequest if what the caller sends is not valid.
        """
        ...

    async def read(self, limit: int) -> bytes:
        """The whole body; raises PayloadTooLarge as soon as it is known to exceed `limit` bytes."""
        ...


class Sink(Protocol):
    """Where an answer goes, one part at a time."""

    signal: Signal
    """Notified when `ready` becomes true again, and when the caller has left."""

    @property
    def size(self) -> int:
        """Body bytes accepted so far."""
        ...

    @property
    def committed(self) -> bool:
        """A final head, a switch of protocols or a keep-alive went out: no other target may be tried any more."""
        ...

    @property
    def left(self) -> bool:
        """The caller is gone; parts are dropped."""
        ...

    @property
    def detached(self) -> bool:
        """Set by a call that goes on when its caller leaves (drain); otherwise leaving cancels the exchange's task."""
        ...

    @detached.setter
    def detached(self, value: bool) -> None: ...

    @property
    def ready(self) -> bool:
        """Whether `send` returns without waiting for the caller to read."""
        ...

    def begin(self, head: Head) -> None:
        """Hand on a head, final or informational; a final one is held back until `flush` or the next part."""
        ...

    async def send(self, part: Part) -> None:
        """Hand `part` on, and return when there is room for more."""
        ...

    def flush(self) -> None:
        """Put held bytes on the wire; call it before waiting for anything but the caller."""
        ...


class Edge(Sink, Protocol):
    """The caller's connection itself: the sink that `inbound` gives to the spine, which alone ends an answer."""

    @property
    def task(self) -> Run | None:
        """What runs the exchange."""
        ...

    extra: bytes
    """Whole field lines, each ended by CR LF, that the final head carries besides its own."""

    def put(self, part: Part) -> None:
        """Hand `part` on without waiting for room; for the few parts of an error."""
        ...

    def finish(self, part: Part) -> None:
        """Hand on the last part and end the answer. END after a head without body, or when there are no last bytes."""
        ...

    def abort(self) -> None:
        """Break the answer off so that the caller cannot take it for complete (reset, RFC 9112 §8)."""
        ...


class NoIncoming(Struct, eq=False):
    """The incoming stream of a call that has none, such as one made by another call."""

    signal: Signal
    size: int = 0
    taken: bool = False
    ready: bool = False
    ended: bool = True

    async def next(self) -> Part | None:
        """Nothing, at once."""
        return None

    async def read(self, limit: int) -> bytes:
        """An empty body."""
        return b""


class WholeIncoming(Struct, eq=False):
    """The incoming stream of a request whose whole body came with its head: nothing of it is ever waited for.

    Whoever wants the body as it is may take `payload` and leave the stream unread, so that it can be sent again.
    """

    signal: Signal
    payload: bytes
    taken: bool = False

    @property
    def size(self) -> int:
        """Body bytes received."""
        return len(self.payload)

    @property
    def ready(self) -> bool:
        """Whether the body has not been read yet."""
        return not self.taken

    @property
    def ended(self) -> bool:
        """Whether the body has been read."""
        return self.taken

    async def next(self) -> Part | None:
        """The body, once."""
        if self.taken:
            return None
        self.taken = True
        return Data(self.payload)

    async def read(self, limit: int) -> bytes:
        """The body; raises PayloadTooLarge if it exceeds `limit` bytes."""
        if len(self.payload) > limit:
            raise PayloadTooLarge(f"the body is larger than {limit} bytes")
        self.taken = True
        return self.payload


class Collector:
    """A sink that keeps the parts, for calls made by another call."""

    __slots__ = ("committed", "detached", "left", "parts", "signal", "size")
    ready = True

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self.parts: list[Part] = []
        self.size = 0
        self.committed = False
        self.left = False
        self.detached = False

    def begin(self, head: Head) -> None:
        """Keep the head."""
        self.committed = True
        self.parts.append(head)

    async def send(self, part: Part) -> None:
        """Keep `part`."""
        self.committed = True
        self.parts.append(part)

    def flush(self) -> None:
        """Nothing is held back."""
