"""Waiting for a while, without a timer: what waits looks again when the time has come."""

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.signal import Signal


class Alarm:
    """Wakes what waits on a signal once; use it as a context."""

    __slots__ = ("_deadlines", "_signal", "_until", "deadline")

    def __init__(self, deadlines: Deadlines, signal: Signal, seconds: float) -> None:
        self._deadlines = deadlines
        self._signal = signal
        self._until = self.deadline = clock.monotonic() + seconds

    @property
    def rung(self) -> bool:
        """Whether the time is up."""
        return clock.monotonic() >= self._until

    def expire(self) -> None:
        """The time is up."""
        self._deadlines.discard(self)
        self._signal.notify()

    def __enter__(self) -> "Alarm":
        self._deadlines.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._deadlines.discard(self)


async def pause(deadlines: Deadlines, signal: Signal, seconds: float) -> None:
    """Go on after so many seconds, a tenth more at most."""
    with Alarm(deadlines, signal, seconds) as alarm:
        while not alarm.rung:
            await signal.wait()
