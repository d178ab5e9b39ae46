"""A short wait for the end of an answer whose last event has come, so that its connection can be used again."""

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.core.signal import Signal
from trigate.llm.keep_alive import KeepAlive
from trigate.outbound.answer import Answer

LINGER = 0.25
"""Seconds the end of an upstream's answer may come after its last event, for the connection to be used again."""


class Lingering:
    """A short wait for something that is welcome but not needed."""

    __slots__ = ("_signal", "deadline", "over")

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self.deadline = clock.monotonic() + LINGER
        self.over = False

    def expire(self) -> None:
        """Enough."""
        self.deadline = NEVER
        self.over = True
        self._signal.notify()


async def linger(answer: Answer, signal: Signal, keep_alive: KeepAlive) -> None:
    """Wait a little for the end of an answer whose last event has come, dropping whatever else does."""
    lingering = Lingering(signal)
    keep_alive.deadlines.add(lingering)
    try:
        answer.take()
        while not (answer.ended or lingering.over):
            await signal.wait()
            answer.take()
    finally:
        keep_alive.deadlines.discard(lingering)
