"""Answers given again: from a shelf, or while the first one who asked is still being answered."""

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.errors import StreamBroken
from trigate.core.parts import Data, Head, Headers, Part
from trigate.core.signal import Signal
from trigate.core.stream import Sink
from trigate.llm.cache.entry import Entry, lasting
from trigate.llm.cache.recording import Recording
from trigate.llm.keep_alive import KeepAlive
from trigate.llm.operation import Ask

PIECE = 16 * 1024
"""Bytes that go out at once, about."""


async def replay(entry: Entry, sink: Sink) -> Part:
    """Send an answer as it went out the first time, as fast as the caller reads; returns its last part."""
    sink.begin(Head(200, _ended(entry.headers, entry.blocks)))
    piece: list[bytes] = []
    size = 0
    for block in entry.blocks[:-1]:
        piece.append(block)
        size += len(block)
        if size >= PIECE:
            await sink.send(Data(b"".join(piece)))
            piece, size = [], 0
    if piece:
        await sink.send(Data(b"".join(piece)))
    return Data(entry.blocks[-1])


def _ended(headers: Headers, blocks: list[bytes]) -> Headers:
    """With a length where the answer had one: whatever changes the answer on its way has changed it before."""
    found = [each for each in headers if each[0] != b"content-length"]
    if len(found) < len(headers) and len(blocks) == 1:
        found.append((b"content-length", b"%d" % len(blocks[0])))
    return found


class Follower:
    """Goes along with an answer that somebody else is being given, at its own pace."""

    __slots__ = ("_begun", "_deadlines", "_keep_alive", "_recording", "_signal", "_sink", "deadline", "tired")

    def __init__(
        self,
        recording: Recording,
        ask: Ask,
        sink: Sink,
        signal: Signal,
        silence: tuple[Deadlines, float],
        patience: float,
    ) -> None:
        """`silence`: the common sweep, and seconds after which a streaming caller is sent a comment. `patience`: how
        many seconds to wait for the first word."""
        deadlines, every = silence
        self._deadlines = deadlines
        self.deadline = clock.monotonic() + patience
        self.tired = False
        """The first word was waited for long enough."""
        self._recording = recording
        self._signal = signal
        self._sink = sink
        self._begun = False
        self._keep_alive: KeepAlive | None = None
        if ask.streamed:
            remark = b"" if ask.listed else ask.operation.remark
            first = clock.monotonic() + every
            self._keep_alive = KeepAlive(sink, deadlines, every, first, remark, ask.stream_type)

    async def run(self) -> Part | None:
        """The last part; None if the answer came to nothing and this caller has seen nothing of it.

        Raises StreamBroken if it has.
        """
        self._recording.join(self._signal)
        self._deadlines.add(self)
        try:
            return await self._follow()
        finally:
            self._deadlines.discard(self)
            self._recording.leave(self._signal)
            if self._keep_alive is not None:
                self._keep_alive.stop()

    def expire(self) -> None:
        """Enough, unless something has been said."""
        self.deadline = NEVER
        if not (self._begun or self._sink.committed):
            self.tired = True
            self._signal.notify()

    async def _follow(self) -> Part | None:
        recording, at = self._recording, 0
        while True:
            while at < len(recording.blocks):
                await self._send(recording.blocks[at])
                at += 1
            if recording.last is not None:
                self._begin()
                return recording.last
            if recording.over or self.tired:
                break
            self._sink.flush()
            await self._signal.wait()
        if self._sink.committed:
            raise StreamBroken("the answer that several callers were waiting for has broken off")
        return None

    async def _send(self, block: bytes) -> None:
        self._begin()
        await self._sink.send(Data(block))
        if self._keep_alive is not None:
            self._keep_alive.postpone()

    def _begin(self) -> None:
        keep_alive, head = self._keep_alive, self._recording.head
        if self._begun or (keep_alive is not None and keep_alive.opened) or head is None:
            return
        self._begun = True
        if keep_alive is not None:
            keep_alive.opened = True
        self._sink.begin(Head(head.status, lasting(head.headers)))
