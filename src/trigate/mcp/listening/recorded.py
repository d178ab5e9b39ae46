"""The way back to a caller with a session, on which an answer that becomes a stream can be resumed."""

from collections.abc import Callable

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.parts import Data, Head, Part
from trigate.core.passing import PassingSink
from trigate.core.stream import Sink
from trigate.mcp.events import COMMENT, EVENT, priming
from trigate.mcp.listening.tape import Tape
from trigate.mcp.reply import EVENTS, is_stream

_COMMENT = Data(COMMENT)
QUIET = 15.0
"""Seconds without a word after which the answer becomes a stream, and then of silence before a comment."""


class RecordedSink(PassingSink):
    """Gives events their ids and keeps them; a caller that comes back for the rest gets it elsewhere.

    What nobody has said anything on for a while becomes a stream by itself: something on the way may take a silent
    connection for dead, and only from a stream can the answer be had after that.
    """

    __slots__ = ("_deadlines", "_primed", "_record", "_seen", "_tape", "deadline")

    def __init__(self, inner: Sink, record: Callable[[], Tape], deadlines: Deadlines, primed: bool) -> None:
        """`primed`: the caller's revision knows events without data (2025-11-25)."""
        super().__init__(inner)
        self._record = record
        self._primed = primed
        self._tape: Tape | None = None
        self._deadlines = deadlines
        self._seen = 0
        self.deadline = clock.monotonic() + QUIET
        deadlines.add(self)

    @property
    def left(self) -> bool:
        """Whether the caller is gone, and has not come back for the rest either."""
        return self._inner.left and (self._tape is None or self._tape.reader is None)

    def begin(self, head: Head) -> None:
        """Hand on a head; that of a stream begins a tape."""
        self._inner.begin(head)
        if is_stream(head):
            self._start()

    async def send(self, part: Part) -> None:
        """Hand on an event under its id."""
        tape = self._tape
        if tape is None or not isinstance(part, Data):
            await self._inner.send(part)
            return
        framed = self._keep(tape, part)
        if tape.reader is None:
            await self._inner.send(framed)

    def remark(self, part: Part) -> None:
        """Hand on at once a part that says nothing."""
        way: Callable[[Part], None] | None = getattr(self._inner, "put", None) or getattr(self._inner, "remark", None)
        if way is not None:
            way(part)

    def end(self, last: Part) -> Part:
        """The last part, under its id if it is an event; nothing comes after it."""
        tape = self._tape
        if tape is None or not isinstance(last, Data):
            return last
        framed = self._keep(tape, last)
        tape.end()
        return framed

    def fail(self, message: bytes) -> None:
        """The answer is this error, which the caller here is told by others."""
        if self._tape is not None:
            self._tape.say(message)
            self._tape.end()

    def close(self) -> None:
        """It is over."""
        self._deadlines.discard(self)
        if self._tape is not None:
            self._tape.end()

    def expire(self) -> None:
        """Nothing was said for a while: become a stream, or say a comment on it."""
        self.deadline = clock.monotonic() + QUIET
        inner = self._inner
        if inner.left or not inner.ready:
            return
        if not inner.committed:
            self.begin(Head(200, EVENTS.copy()))
        if inner.size == self._seen:
            self.remark(_COMMENT)
        inner.flush()
        self._seen = inner.size

    def _start(self) -> None:
        tape = self._tape = self._record()
        if self._primed:
            self.remark(Data(priming(tape.id(0))))

    def _keep(self, tape: Tape, part: Data) -> Data:
        if not part.payload.startswith(EVENT):
            return part
        framed = b"id: %b\n%b" % (tape.id(tape.last + 1), part.payload)
        tape.put(framed)
        return Data(framed)
