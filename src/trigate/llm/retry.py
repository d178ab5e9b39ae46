"""Once more at the same target, after a while: how often, how long after, and how many of all."""

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.core.parts import Part
from trigate.core.settings import Duration, Settings
from trigate.core.signal import Signal
from trigate.core.stream import Sink
from trigate.llm.chance import chance
from trigate.llm.fault import Fault
from trigate.llm.goal import Goal
from trigate.llm.operation import Ask

WINDOW = 10.0
"""Seconds over which retries are compared with calls."""


class RetryBudget(Settings):
    """How many retries and hedges there may be, of all calls of one worker together: where everything fails, each call
    that comes twice makes it worse."""

    share: float = 0.2
    """Part of the calls of the last seconds that may be made once more."""
    least: int = 10
    """So many in 10 seconds are allowed in any case."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 10 or self.least < 0:
            raise ValueError("share is a number from 0 to 10, and least is not negative")


class Retries(Settings):
    """Further attempts at the same target, before the next one is asked."""

    attempts: int = 2
    """How many at most; 0 for none."""
    backoff: Duration = Duration(0.25)
    """How long to wait before the first; before each further one twice as long. The wait is drawn by chance between
    half and all of it."""
    longest: Duration = Duration(5)
    """The longest wait. A provider that asks for more by `Retry-After` is not asked again: the next target is."""
    on: tuple[Fault, ...] = ("rate_limit", "overloaded", "server", "connect")
    """After which failures."""

    def __post_init__(self) -> None:
        if not 0 <= self.attempts <= 10:
            raise ValueError("attempts is a whole number from 0 to 10")
        if self.backoff < 0 or not 0 <= self.longest <= 60:
            raise ValueError("backoff is not negative, and longest is at most 60s")

    def wait(self, place: int, retry_after: float | None) -> float | None:
        """Seconds before retry number `place`, counted from 0; None if that would be too long."""
        if retry_after is not None:
            return retry_after if retry_after <= self.longest else None
        longest = min(self.backoff * 2**place, self.longest)
        return longest * (0.5 + chance() / 2)


class Purse:
    """What is left of the budget: two halves of a window, of which the older one counts ever less."""

    __slots__ = ("_before", "_now", "_settings", "_start")

    def __init__(self, settings: RetryBudget) -> None:
        self._settings = settings
        self._start = clock.monotonic()
        self._now = [0, 0]
        self._before = [0, 0]

    def earn(self) -> None:
        """A call was made."""
        self._turn()
        self._now[0] += 1

    def spend(self) -> bool:
        """Whether one more attempt may be made; if so, it is counted."""
        past = 1 - self._turn() / WINDOW
        calls, spent = (now + past * before for now, before in zip(self._now, self._before, strict=True))
        if spent + 1 > self._settings.least + calls * self._settings.share:
            return False
        self._now[1] += 1
        return True

    def _turn(self) -> float:
        """Seconds since the window began."""
        passed = clock.monotonic() - self._start
        windows = int(passed // WINDOW)
        if windows:
            self._before = self._now if windows == 1 else [0, 0]
            self._now = [0, 0]
            self._start += windows * WINDOW
            passed -= windows * WINDOW
        return passed


class Later:
    """A target that is asked after a wait."""

    __slots__ = ("_seconds", "_target", "name")

    def __init__(self, target: Goal, seconds: float) -> None:
        self._target = target
        self._seconds = seconds
        self.name = target.name

    def demand(self, ask: Ask) -> Demand:
        """That of the target."""
        return self._target.demand(ask)

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Wait, and let the target answer; what the call has reserved stays reserved."""
        pause = _Pause(call.exchange.signal, self._seconds)
        try:
            while not pause.over:
                await call.exchange.signal.wait()
        finally:
            pause.stop()
        return await self._target.forward(call, ask, sink)


class _Pause:
    """Wakes an exchange after a while."""

    __slots__ = ("_handle", "_signal", "over")

    def __init__(self, signal: Signal, seconds: float) -> None:
        self._signal = signal
        self._handle = signal.loop.call_later(seconds, self._end)
        self.over = False

    def stop(self) -> None:
        """Nobody waits any more."""
        self._handle.cancel()

    def _end(self) -> None:
        self.over = True
        self._signal.notify()
