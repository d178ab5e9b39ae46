"""One piece of work at a time, for everybody who waits for it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.errors import GatewayError, InternalError, UpstreamFailed, UpstreamTimeout
from trigate.core.tasks import spawn
from trigate.outbound.connection_needed import ConnectionNeeded

T = TypeVar("T")

_LONGEST_PAUSE = 10.0


class Flight(Generic[T]):
    """Runs `work` in a task that no waiter's leaving ends; bounded in time, not begun again right after a failure."""

    __slots__ = (
        "_deadlines",
        "_failures",
        "_name",
        "_pause",
        "_seconds",
        "_task",
        "_waiters",
        "_work",
        "deadline",
        "failed",
    )

    def __init__(
        self, work: Callable[[], Coroutine[Any, Any, T]], deadlines: Deadlines, seconds: float, name: str, pause: float
    ) -> None:
        self._work = work
        self._deadlines = deadlines
        self._seconds = seconds
        self._name = name
        self._pause = pause
        """Seconds without another try after the first failure; doubled by each further one."""
        self._failures = 0
        self._task: asyncio.Task[None] | None = None
        self._waiters: set[_Waiter[T]] = set()
        self.deadline = 0.0
        self.failed: tuple[GatewayError, float] | None = None
        """The last failure, and when (monotonic seconds) there may be another try."""

    def begin(self) -> None:
        """Start the work unless it is under way; raises the last failure if that was a moment ago."""
        if self._task is not None:
            return
        if self.failed is not None and clock.monotonic() < self.failed[1]:
            raise again(self.failed[0])
        self.deadline = clock.monotonic() + self._seconds
        self._task = spawn(self._run(), self._name)
        self._deadlines.add(self)

    async def join(self, patience: float = NEVER) -> T:
        """The outcome of the work under way, or of new work; raises GatewayError, after `patience` seconds at most."""
        self.begin()
        waiter = _Waiter[T](clock.monotonic() + patience)
        self._waiters.add(waiter)
        self._deadlines.add(waiter)
        try:
            outcome = await waiter.future
        finally:
            self._waiters.discard(waiter)
            self._deadlines.discard(waiter)
        if isinstance(outcome, GatewayError):
            raise again(outcome)
        return outcome

    def hold(self, error: GatewayError, seconds: float) -> None:
        """What the work made did not last: no other try for so long."""
        self.failed = (error, clock.monotonic() + seconds)

    def expire(self) -> None:
        """The time is up."""
        self._deadlines.discard(self)
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        outcome: T | GatewayError = InternalError("the gateway failed")
        try:
            outcome = await self._work()
        except GatewayError as error:
            outcome = error
        except asyncio.CancelledError:
            outcome = UpstreamTimeout(f"no answer within {self._seconds:g} s")
        finally:
            self._land(outcome)

    def _land(self, outcome: T | GatewayError) -> None:
        self._deadlines.discard(self)
        self._task = None
        if isinstance(outcome, ConnectionNeeded):
            self.failed = None  # it may be over at any moment, and nothing was asked in vain
        elif isinstance(outcome, GatewayError):
            self.failed = (outcome, clock.monotonic() + min(_LONGEST_PAUSE, self._pause * 2**self._failures))
            self._failures = min(self._failures + 1, 10)
        else:
            self.failed, self._failures = None, 0
        for waiter in self._waiters:
            waiter.tell(outcome)


class _Waiter(Generic[T]):
    """Somebody who waits, but not for ever."""

    __slots__ = ("deadline", "future")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.future: asyncio.Future[T | GatewayError] = asyncio.get_running_loop().create_future()

    def tell(self, outcome: T | GatewayError) -> None:
        """This is what came of it."""
        self.deadline = NEVER
        if not self.future.done():
            self.future.set_result(outcome)

    def expire(self) -> None:
        """It took too long."""
        self.tell(UpstreamTimeout("it has not answered yet"))


def again(error: GatewayError) -> GatewayError:
    """The same error for one more waiter: raising one instance twice would chain their tracebacks."""
    if not isinstance(error, UpstreamFailed):
        return InternalError("the gateway failed")
    copy = type(error).__new__(type(error))
    Exception.__init__(copy, error.message)
    copy.__dict__.update(error.__dict__)
    return copy
