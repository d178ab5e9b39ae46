"""The one stream of a caller that speaks HTTP+SSE (2024-11-05): the answers to all its messages come on it."""

import asyncio
from collections import deque

from trigate.core.parts import Data, Head, Part
from trigate.core.signal import Signal
from trigate.core.stream import Sink
from trigate.mcp.events import EVENT, event

LIMIT = 2**20
"""Bytes that wait for the caller to read them; beyond, whoever has more to say waits."""
_SESSION = b"mcp-session-id"


class SseStream:
    """What is to be said on it, and what is under way in its name."""

    __slots__ = ("_frames", "_room", "_signal", "_size", "closing", "ended", "greeted", "hears", "session", "tasks")

    def __init__(self, signal: Signal) -> None:
        """`signal` is that of the stream's own exchange."""
        self._frames: deque[bytes] = deque()
        self._room = asyncio.Event()
        self._signal = signal
        self._size = 0
        self.closing = False
        """Nothing new begins, and it ends when what is under way has ended."""
        self.ended = False
        self.greeted = False
        """`initialize` is under way, or has come to a good end."""
        self.hears = False
        """What the session hears unasked comes on it, too."""
        self.session = ""
        """The token of the session that came of it."""
        self.tasks: set[asyncio.Task[None]] = set()

    async def put(self, frame: bytes) -> None:
        """Say something, once there is room for it."""
        while self._size >= LIMIT and not self.ended:
            self._room.clear()
            await self._room.wait()
        self._frames.append(frame)
        self._size += len(frame)
        self._signal.notify()

    async def play(self, sink: Sink) -> None:
        """Hand on what is said, until the stream closes."""
        while True:
            while self._frames:
                frame = self._frames.popleft()
                self._size -= len(frame)
                self._room.set()
                await sink.send(Data(frame))
            sink.flush()
            if self.closing and not self.tasks and not self._frames:
                return
            await self._signal.wait()

    def watch(self, task: "asyncio.Task[None]") -> None:
        """Something is under way in the name of the stream."""
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def close(self) -> None:
        """Begin nothing new."""
        self.closing = True
        self._signal.notify()

    def end(self) -> None:
        """The caller has gone: so does everything that is under way."""
        self.closing = self.ended = True
        self._room.set()
        for task in list(self.tasks):
            task.cancel()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        self._signal.notify()


class SseSink:
    """The way back for one message: heads stay here, and every message becomes an event of the stream."""

    __slots__ = ("_stream", "committed", "detached", "signal", "size")
    ready = True

    def __init__(self, stream: SseStream, signal: Signal) -> None:
        self._stream = stream
        self.signal = signal
        self.size = 0
        self.committed = False
        self.detached = False

    @property
    def left(self) -> bool:
        """Whether the stream has ended."""
        return self._stream.ended

    def begin(self, head: Head) -> None:
        """The head of the answer to `initialize` names the session."""
        self.committed = True
        for name, value in head.headers:
            if name == _SESSION:
                self._stream.session = value.decode("latin-1")

    async def send(self, part: Part) -> None:
        """Say what is a message, and nothing else: the stream has its own signs of life, and no place to resume at."""
        self.committed = True
        if isinstance(part, Data):
            self.size += len(part.payload)
            frame = _frame(part.payload)
            if frame:
                await self._stream.put(frame)

    def flush(self) -> None:
        """Nothing is held back."""


def _frame(payload: bytes) -> bytes:
    # JSON has no line break within a string, so what begins an event cannot be part of a message.
    _, found, rest = payload.partition(EVENT)
    if found:
        return EVENT + rest
    return event(payload) if payload[:1] in {b"{", b"["} else b""
