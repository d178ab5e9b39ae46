"""What is still to be sent upstream over a connection that has changed its protocol."""

from trigate.core.parts import Data, Part
from trigate.core.signal import Signal


class Outbox:
    """Filled by whoever relays, emptied by the connection (core.stream.Incoming)."""

    __slots__ = ("_pieces", "ended", "signal", "size", "taken")

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self._pieces: list[bytes] = []
        self.size = 0
        self.taken = False
        self.ended = False

    def put(self, data: bytes) -> None:
        """Have it sent."""
        self._pieces.append(data)
        self.size += len(data)

    @property
    def ready(self) -> bool:
        """Whether there is something to send."""
        return bool(self._pieces)

    async def next(self) -> Part | None:
        """All there is; only asked for when there is something."""
        pieces, self._pieces = self._pieces, []
        self.taken = True
        return Data(b"".join(pieces))

    async def read(self, limit: int) -> bytes:
        """Nothing: it has no end."""
        return b""
