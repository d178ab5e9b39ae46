"""Copies of asks for a target whose answers nobody sees: to compare models on real traffic.

A copy is a child of the call it is made of: authorised, limited and recorded under its caller's name, with a cost of
its own. It never delays the call, nor fails it, and it may outlive it by a bounded time.
"""

from types import CoroutineType
from typing import TYPE_CHECKING, Any

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.demand import Demand
from trigate.core.errors import ExchangeStopped, GatewayError, Unauthenticated
from trigate.core.lane import Lane
from trigate.core.parts import Data, Head, Part
from trigate.core.settings import Duration, Settings
from trigate.core.signal import Signal
from trigate.core.stream import Sink
from trigate.llm.candidate import Candidate
from trigate.llm.chance import chance
from trigate.llm.fault import ALL
from trigate.llm.goal import Goal
from trigate.llm.operation import Ask
from trigate.llm.requirement import Requirement
from trigate.llm.shadow import Shadow

if TYPE_CHECKING:
    from trigate.policy.call import Calls

LOOK = 1.0
"""Seconds between two looks at whether a copy may go on."""


class MirrorSettings(Settings):
    """Where copies of asks go."""

    target: str
    """`provider/model`."""
    share: float = 100
    """Percent of the asks that are copied, by chance."""
    most: int = 10
    """Copies under way at a time, in each worker; while there are so many, no further one is made."""
    timeout: Duration = Duration(120)
    """After this time a copy is ended."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 100:
            raise ValueError("share is a number of percent from 0 to 100")
        if not 1 <= self.most <= 1000 or self.timeout <= 0:
            raise ValueError("most is a whole number from 1 to 1000, and timeout more than 0s")


class Mirror:
    """The mirror of one model."""

    __slots__ = ("_calls", "_candidate", "_deadlines", "_goal", "_lane", "_settings", "name", "under_way")

    def __init__(
        self, settings: MirrorSettings, candidate: Candidate, lane: Lane, calls: "Calls", deadlines: Deadlines
    ) -> None:
        self._settings = settings
        self._candidate = candidate
        self._goal = candidate.yielding(ALL)
        self._lane = lane
        self._calls = calls
        self._deadlines = deadlines
        self.name = candidate.name
        self.under_way = 0

    def meets(self, demand: Requirement | None) -> bool:
        """Whether the target may have asks of which this is demanded."""
        return demand is None or self._candidate.meets(demand)

    def reflect(self, call: Call, ask: Ask) -> None:
        """Make a copy of an ask, if it is this one's turn."""
        settings = self._settings
        if self.under_way >= settings.most or chance() * 100 >= settings.share:
            return
        self.under_way += 1
        shadow = Shadow(call)
        watch = _Watch(call, shadow, self._deadlines, settings.timeout)
        # The call goes on and changes its ask: what is copied is how it was.
        copied = ask.steered(None)
        shadow.begin(f"a mirror of {call.id}", self._run(shadow, watch, call, copied))

    def demand(self, ask: Ask) -> Demand:
        """That of the target."""
        return self._goal.demand(ask)

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Let the target answer; what is recorded says that it is a copy."""
        call.flags.append("llm.mirror")
        return await self._goal.forward(call, ask, sink)

    async def _run(self, shadow: Shadow, watch: "_Watch", call: Call, ask: Ask) -> None:
        try:
            await shadow.ask(self._calls, self._lane, call, ask, self, _Nowhere(shadow.signal))
        except GatewayError:
            pass  # it is on record
        finally:
            watch.stop()
            self.under_way -= 1


class Mirrored:
    """A target, and the mirror that gets a copy of what it is asked; so nothing is copied that a limit refuses, or that
    a kept answer serves."""

    __slots__ = ("_goal", "_mirror", "name")

    def __init__(self, goal: Goal, mirror: Mirror) -> None:
        self._goal = goal
        self._mirror = mirror
        self.name = goal.name

    def demand(self, ask: Ask) -> Demand:
        """That of the target."""
        return self._goal.demand(ask)

    def forward(self, call: Call, ask: Ask, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Make the copy, and let the target answer."""
        self._mirror.reflect(call, ask)
        return self._goal.forward(call, ask, sink)


class _Watch:
    """Ends a copy that takes too long, or whose caller's credential has ended."""

    __slots__ = ("_deadlines", "_shadow", "_standing", "_until", "deadline")

    def __init__(self, call: Call, shadow: Shadow, deadlines: Deadlines, seconds: float) -> None:
        self._standing = call.principal.standing
        self._shadow = shadow
        self._deadlines = deadlines
        now = clock.monotonic()
        self._until = now + seconds
        self.deadline = min(now + LOOK, self._until)
        deadlines.add(self)

    def stop(self) -> None:
        """It is over."""
        self._deadlines.discard(self)

    def expire(self) -> None:
        """Look; end it if it is time."""
        now = clock.monotonic()
        standing = self._standing
        if standing is not None and (standing.ended or standing.until <= clock.wall_ns() / 1e9):
            self.deadline = NEVER
            self._shadow.stop(Unauthenticated("the credential of this request has ended while it was copied"))
        elif now >= self._until:
            self.deadline = NEVER
            self._shadow.stop(ExchangeStopped("the copy of an ask took too long"))
        else:
            self.deadline = min(now + LOOK, self._until)


class _Nowhere:
    """A sink that forgets."""

    __slots__ = ("committed", "detached", "left", "signal", "size")
    ready = True

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self.size = 0
        self.committed = False
        self.left = False
        self.detached = False

    def begin(self, head: Head) -> None:
        """Forget the head."""
        self.committed = True

    async def send(self, part: Part) -> None:
        """Forget a part."""
        self.committed = True
        if type(part) is Data:
            self.size += len(part.payload)

    def flush(self) -> None:
        """Nothing is held back."""
