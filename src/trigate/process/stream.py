"""One end of a stream over the message bus: ordered messages, and credit that lets a slow reader slow its writer."""

import asyncio
import struct
from collections import deque
from typing import Protocol

from trigate.core.bus import BusClosed
from trigate.process.frame import FRAME_BYTES, FrameError, Kind, split

WINDOW_BYTES = 256 * 1024
"""What one side may send on a stream before the other has read."""
MESSAGE_BYTES = 64 * 1024 * 1024
MESSAGE_OVERHEAD = 32
"""Counted for every message beside its bytes, so that empty ones are bounded too."""
CREDIT = struct.Struct("<I")


class Carrier(Protocol):
    """What a stream needs of the connection it runs over."""

    loop: asyncio.AbstractEventLoop
    paused: bool
    """The socket takes no more for the moment."""

    def write(self, stream: int, kind: Kind, payload: bytes) -> None:
        """Send one frame."""
        ...

    def forget(self, stream: "Stream") -> None:
        """The stream has ended."""
        ...


class Stream:
    """See core.bus.BusStream; memory is bounded by the window and one message."""

    __slots__ = (
        "_carrier", "_credit", "_ended", "_held", "_inbox", "_owed", "_parts", "_pending", "_reader", "_sending",
        "_size", "_writers", "number",
    )  # fmt: skip

    def __init__(self, carrier: Carrier, number: int) -> None:
        self.number = number
        self._carrier = carrier
        self._ended: Kind | None = None
        self._inbox: deque[tuple[bytes, int]] = deque()
        self._parts: list[bytes] = []
        self._size = 0
        self._pending = 0  # bytes of the unfinished message that are not granted yet
        self._held = 0  # bytes received and not granted yet, in all
        self._owed = 0  # bytes granted and not told yet
        self._credit = WINDOW_BYTES
        self._sending = False
        self._reader: asyncio.Future[None] | None = None
        self._writers: list[asyncio.Future[None]] = []

    async def send(self, message: bytes) -> None:
        """Hand on one message, waiting while the other side does not read; raises BusClosed or ValueError."""
        if len(message) > MESSAGE_BYTES:
            raise ValueError(f"a message has at most {MESSAGE_BYTES} bytes")
        while self._sending and self._ended is None:
            await self._turn()  # the parts of two messages never mix
        self._sending = True
        try:
            for kind, part in split(message):
                await self._send_part(kind, part)
        finally:
            self._sending = False
            self._wake_writers()

    async def receive(self) -> bytes | None:
        """The next message, None at a good end; raises BusClosed when the other side broke off."""
        while not self._inbox:
            if self._ended is Kind.BREAK:
                raise BusClosed("the other process is gone or has failed")
            if self._ended is not None:
                return None
            await self._arrival()
        message, cost = self._inbox.popleft()
        self._grant(cost)
        self._relieve()
        return message

    def close(self) -> None:
        """End the stream; what was sent before still arrives there, what came is dropped."""
        self.end(Kind.CLOSE)

    def end(self, kind: Kind) -> None:
        """End the stream from this side, well or not; idempotent."""
        if self._ended is None:
            self._carrier.write(self.number, kind, b"")
            self.finish(kind)
        self._inbox.clear()

    def finish(self, kind: Kind) -> None:
        """The stream has ended: nothing more is sent, and who waits on it is woken."""
        if self._ended is None:
            self._ended = kind
            self._carrier.forget(self)
            self._wake_reader()
            self._wake_writers()

    def take(self, kind: Kind, payload: bytes) -> None:
        """A part of a message has come; raises FrameError if the other side sent more than it may."""
        cost = len(payload) + (MESSAGE_OVERHEAD if kind is Kind.LAST else 0)
        self._held += cost
        self._pending += cost
        self._size += len(payload)
        self._parts.append(payload)
        if self._held > WINDOW_BYTES + FRAME_BYTES + MESSAGE_OVERHEAD or self._size > MESSAGE_BYTES:
            raise FrameError("more than the stream's credit")
        if kind is Kind.LAST:
            self._deliver()
        else:
            self._relieve()

    def grow(self, credit: int) -> None:
        """The other side has read."""
        self._credit += credit
        self._wake_writers()

    def resume(self) -> None:
        """The socket takes more again."""
        self._wake_writers()

    async def _send_part(self, kind: Kind, part: bytes) -> None:
        while self._ended is None and (self._credit <= 0 or self._carrier.paused):
            await self._turn()
        if self._ended is not None:
            raise BusClosed("the stream has ended")
        self._credit -= len(part) + (MESSAGE_OVERHEAD if kind is Kind.LAST else 0)
        self._carrier.write(self.number, kind, part)

    def _deliver(self) -> None:
        message = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._inbox.append((message, self._pending))
        self._parts.clear()
        self._size = self._pending = 0
        self._wake_reader()

    def _relieve(self) -> None:
        # A message larger than the window can only be completed if its parts are granted before anyone reads it;
        # while an earlier message lies unread they are not, so that at most one message exceeds the window.
        if self._pending and not self._inbox:
            self._grant(self._pending)
            self._pending = 0

    def _grant(self, size: int) -> None:
        self._held -= size
        self._owed += size
        if self._owed >= WINDOW_BYTES // 4 and self._ended is None:
            self._carrier.write(self.number, Kind.CREDIT, CREDIT.pack(self._owed))
            self._owed = 0

    async def _turn(self) -> None:
        waiter: asyncio.Future[None] = self._carrier.loop.create_future()
        self._writers.append(waiter)
        await waiter

    async def _arrival(self) -> None:
        reader = self._reader = self._carrier.loop.create_future()
        try:
            await reader
        finally:
            self._reader = None

    def _wake_reader(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _wake_writers(self) -> None:
        waiting, self._writers = self._writers, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
