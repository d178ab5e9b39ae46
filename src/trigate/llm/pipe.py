"""A sink whose parts another task takes out again."""

from collections import deque
from collections.abc import Callable

from trigate.core.parts import Data, Head, Part
from trigate.core.signal import Signal
from trigate.core.stream import Sink

HIGH_WATER = 64 * 1024
"""Bytes that may wait to be taken."""


class Pipe:
    """Between the task that makes an answer and the one that passes it on; each has a signal of its own."""

    __slots__ = (
        "_claim",
        "_claimed",
        "_parts",
        "_sink",
        "committed",
        "detached",
        "head",
        "signal",
        "size",
        "waiting",
    )

    def __init__(self, signal: Signal, sink: Sink, claim: Callable[[Head | None], None]) -> None:
        """`sink` is where the parts go in the end. `claim` is called with the head, before the first part; it may raise
        a GatewayError to refuse the answer."""
        self.signal = signal
        self._sink = sink
        self._claim = claim
        self._claimed = False
        self._parts = deque[Part]()
        self.head: Head | None = None
        """The answer's head, once it has come."""
        self.waiting = 0
        """Bytes to be taken."""
        self.size = 0
        self.committed = False
        self.detached = False

    @property
    def left(self) -> bool:
        """Whether the caller is gone."""
        return self._sink.left

    @property
    def ready(self) -> bool:
        """Whether there is room for more."""
        return self.waiting < HIGH_WATER

    def begin(self, head: Head) -> None:
        """Keep the head."""
        if head.status >= 200:
            self.head = head

    async def send(self, part: Part) -> None:
        """Keep a part, and wait for room for the next."""
        self.claim()
        self._keep(part)
        while not self.ready:
            await self.signal.wait()

    def claim(self) -> None:
        """There is an answer."""
        if not self._claimed:
            self._claimed = True
            self._claim(self.head)
            self.committed = True

    def remark(self, part: Part) -> None:
        """Keep a comment, if the answer has begun."""
        if self._claimed:
            self._keep(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> Part | None:
        """The next part; None if there is none yet."""
        if not self._parts:
            return None
        part = self._parts.popleft()
        if type(part) is Data:
            full = not self.ready
            self.waiting -= len(part.payload)
            if full and self.ready:
                self.signal.notify()
        return part

    def _keep(self, part: Part) -> None:
        self._parts.append(part)
        if type(part) is Data:
            self.waiting += len(part.payload)
            self.size += len(part.payload)
        self._sink.signal.notify()
