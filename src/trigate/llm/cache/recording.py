"""An answer on its way to the one who asked first, recorded in passing; others who ask the same can follow it."""

from collections.abc import Callable

from trigate.core.call import Call
from trigate.core.parts import Data, Head, Part
from trigate.core.passing import PassingSink
from trigate.core.signal import Signal
from trigate.core.stream import Sink

FOLLOWED = 8
"""A recording that has followers may be this many times as large as one that is kept."""


class Recording(PassingSink):
    """Stands in front of the way to the first caller.

    While somebody follows, the call goes on without its own caller: it is everybody's.
    """

    __slots__ = ("_call", "_detached", "_followers", "_limit", "_size", "blocks", "head", "last", "over", "overflown")

    def __init__(self, inner: Sink, call: Call, limit: int) -> None:
        """`limit` in bytes of what is recorded."""
        super().__init__(inner)
        self._call = call
        self._limit = limit
        self._detached = False
        self._followers: list[Signal] = []
        self._size = 0
        self.head: Head | None = None
        self.blocks: list[bytes] = []
        self.last: Part | None = None
        """Set when the answer is complete."""
        self.over = False
        """Nothing more will come."""
        self.overflown = False
        """It is larger than what is kept."""

    @property
    def open(self) -> bool:
        """Whether somebody can follow, from the beginning."""
        return not self.overflown and (self.last is not None or not self.over)

    def begin(self, head: Head) -> None:
        """Hand the head on."""
        if head.status >= 200:
            self.head = head
            self._tell()
        self._inner.begin(head)

    async def send(self, part: Part) -> None:
        """Record `part` and hand it on."""
        if type(part) is Data:
            self._record(part.payload)
        await self._inner.send(part)

    def remark(self, part: Part) -> None:
        """Hand on at once what says nothing, such as a comment; it is no part of the answer."""
        way: Callable[[Part], None] | None = getattr(self._inner, "put", None) or getattr(self._inner, "remark", None)
        if way is not None:
            way(part)

    def finish(self, last: Part) -> bool:
        """The answer is complete, as far as it goes; whether all of it was recorded."""
        if type(last) is Data:
            self._record(last.payload)
        if not self.over:
            self.last = Data(self.blocks.pop()) if type(last) is Data and self.blocks else last
        self.close()
        return not self.overflown

    def close(self) -> None:
        """Nothing more will come; what was recorded stays with those who follow."""
        if not self.over:
            self.over = True
            self._tell()

    def join(self, signal: Signal) -> None:
        """Wake this one whenever there is more."""
        if self.over:
            return
        if not self._followers:
            self._detached = self._inner.detached
            self._inner.detached = True
        self._followers.append(signal)

    def leave(self, signal: Signal) -> None:
        """One less; the last one who leaves ends a call that nobody waits for."""
        if signal in self._followers:
            self._followers.remove(signal)
        if self._followers or self.over:
            return
        self._inner.detached = self._detached
        if self._inner.left and not self._detached and (task := self._call.exchange.task) is not None:
            task.cancel()

    def _record(self, payload: bytes) -> None:
        self._size += len(payload)
        if self._size > self._limit:
            self.overflown = True
            if not self._followers or self._size > FOLLOWED * self._limit:
                self.blocks.clear()
                self.close()
        if not self.over and payload:
            self.blocks.append(payload)
            self._tell()

    def _tell(self) -> None:
        for each in self._followers:
            each.notify()
