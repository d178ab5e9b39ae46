"""A call that goes on without its caller, so that the provider's own count of it is read, but not for ever."""

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.strand import Run
from trigate.core.stream import Sink

LOOK = 1.0
"""Seconds between two looks at whether the caller is still there."""


class Drain:
    """Watches one call, as a deadline in the common sweep; ends it `limit` seconds after its caller has left."""

    __slots__ = ("_deadlines", "_limit", "_sink", "_task", "_waits", "deadline")

    def __init__(self, sink: Sink, task: Run | None, deadlines: Deadlines, limit: float) -> None:
        self._sink = sink
        self._task = task
        self._deadlines = deadlines
        self._limit = limit
        self._waits = False
        sink.detached = True
        self.deadline = clock.monotonic() + LOOK
        """Monotonic seconds of the next look."""
        deadlines.add(self)

    def stop(self) -> bool:
        """The call is over; returns whether its caller has left before."""
        self._deadlines.discard(self)
        return self._sink.left

    def expire(self) -> None:
        """Look; end the call if it has gone on for long enough."""
        if not self._sink.left:
            self.deadline = clock.monotonic() + LOOK
        elif not self._waits:
            self._waits = True
            self.deadline = clock.monotonic() + self._limit
        else:
            self.deadline = NEVER
            if self._task is not None:
                self._task.cancel()
