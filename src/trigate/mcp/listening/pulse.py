"""A comment now and then on a stream that has nothing to say, so that nothing on the way takes it for dead."""

from collections.abc import Callable

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.parts import Data, Part
from trigate.core.stream import Sink
from trigate.mcp.events import COMMENT

_COMMENT = Data(COMMENT)


class Pulse:
    """Watches one stream: a deadline in the common sweep, neither timer nor task."""

    __slots__ = ("_deadlines", "_every", "_put", "_seen", "_sink", "deadline")

    def __init__(self, sink: Sink, deadlines: Deadlines, every: float) -> None:
        """Begin; the head must have gone out."""
        self._sink = sink
        self._deadlines = deadlines
        self._every = every
        self._seen = sink.size
        # Never `send`: it may wait, and the wait would take the place of that of the exchange's task.
        self._put: Callable[[Part], None] | None = getattr(sink, "put", None) or getattr(sink, "remark", None)
        self.deadline = clock.monotonic() + every
        deadlines.add(self)

    def expire(self) -> None:
        """Say a comment, unless something was said meanwhile or the caller does not read."""
        self.deadline = clock.monotonic() + self._every
        sink = self._sink
        if sink.size == self._seen and self._put is not None and not sink.left and sink.ready:
            self._put(_COMMENT)
            sink.flush()
        self._seen = sink.size

    def stop(self) -> None:
        """The stream is over."""
        self._deadlines.discard(self)
