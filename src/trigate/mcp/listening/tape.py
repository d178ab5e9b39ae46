"""What is said on one stream, in order: kept until it is read, and a while longer where the stream can be resumed."""

from collections import deque
from typing import Protocol

from trigate.core.parts import Data
from trigate.core.signal import Signal
from trigate.mcp.events import event

LIMIT = 2**20
"""Bytes kept of one stream; beyond, what was said first is forgotten."""

_MOST_KEYS = 1024
"""Keys that are remembered at least, though what was said under them has been read."""


class Tape:
    """Numbered frames, of which one reader at a time reads."""

    __slots__ = ("_frames", "_keys", "_limit", "_size", "ended", "last", "name", "reader", "sent")

    def __init__(self, name: bytes = b"", limit: int = LIMIT) -> None:
        self.name = name
        """What event ids begin with; without a name there are none, and nothing is kept once it is read."""
        self.last = 0
        """Number of the newest frame."""
        self.sent = 0
        """Number of the newest frame that was handed to a reader."""
        self.ended = False
        self.reader: Signal | None = None
        self._frames: deque[tuple[int, bytes]] = deque()
        self._keys: dict[str, int] = {}
        self._limit = limit
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def id(self, number: int) -> bytes:
        """The id of a frame, empty on a tape without a name."""
        return b"%b.%d" % (self.name, number) if self.name else b""

    def say(self, message: bytes, key: str = "") -> None:
        """Put a message on; if what was said under the same key is still unread, that says it."""
        if key:
            if self._waits(self._keys.get(key, 0)):
                return
            if len(self._keys) > 2 * len(self._frames) + _MOST_KEYS:
                self._keys = {each: number for each, number in self._keys.items() if self._waits(number)}
            self._keys[key] = self.last + 1
        self.put(event(message, self.id(self.last + 1)))

    def put(self, frame: bytes) -> None:
        """Put a whole frame on."""
        self.last += 1
        self._frames.append((self.last, frame))
        self._size += len(frame)
        while self._size > self._limit and len(self._frames) > 1:
            self._drop()
        if self.reader is not None:
            self.reader.notify()

    def end(self) -> None:
        """Nothing more will be said."""
        self.ended = True
        if self.reader is not None:
            self.reader.notify()

    def after(self, number: int) -> list[tuple[int, bytes]]:
        """The frames behind the one of this number, as far as they are kept."""
        return [each for each in self._frames if each[0] > number]

    def reaches(self, number: int) -> bool:
        """Whether all that was said behind the frame of this number is still there."""
        return number >= self.last or (bool(self._frames) and self._frames[0][0] <= number + 1)

    def restore(self, frames: list[tuple[int, bytes]], last: int, sent: int) -> None:
        """Go on where a tape of another worker ended."""
        self._frames.extend(frames)
        self._size = sum(len(frame) for _, frame in frames)
        self.last, self.sent = last, sent

    def begin(self, reader: Signal) -> None:
        """From now on this is the one who reads; whoever did before stops."""
        before, self.reader = self.reader, reader
        if before is not None and before is not reader:
            before.notify()

    def mark(self, number: int) -> None:
        """Everything up to this number was handed on."""
        self.sent = max(self.sent, number)
        if not self.name:
            while self._frames and self._frames[0][0] <= number:
                self._drop()

    def _waits(self, number: int) -> bool:
        """Whether the frame of this number is still there to be read."""
        return number > self.sent and bool(self._frames) and self._frames[0][0] <= number

    def _drop(self) -> None:
        _, frame = self._frames.popleft()
        self._size -= len(frame)


class Way(Protocol):
    """Where frames go."""

    async def send(self, part: Data) -> None:
        """Hand one on, and return when there is room for more."""
        ...

    def flush(self) -> None:
        """Put on the wire what is held back."""
        ...


async def play(tape: Tape, after: int, way: Way, signal: Signal) -> None:
    """Hand on what is said behind the frame of number `after`, until the tape ends or somebody else reads it."""
    tape.begin(signal)
    try:
        while tape.reader is signal:
            for number, frame in tape.after(after):
                await way.send(Data(frame))
                after = number
                tape.mark(number)
            way.flush()
            if tape.ended and after >= tape.last:
                return
            await signal.wait()
    finally:
        if tape.reader is signal:
            tape.reader = None
