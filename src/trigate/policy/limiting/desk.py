"""What all reservations of a worker share."""

from collections.abc import Sequence
from typing import Protocol

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import LimitsUnavailable
from trigate.policy.limiting.line import Lines
from trigate.policy.limiting.notice import Notices
from trigate.store.counter import Claim, Counters, CountersLost, Refused, Taken

RESTORE_SECONDS = 5.0
"""How long a call under a hard budget waits, after a start, for what was spent before it."""
_RESTORING = "restoring"
_MOST_WAITING = 10_000


class Holding(Protocol):
    """Something with leases."""

    def cells(self) -> frozenset[str]:
        """Of the places it holds."""
        ...

    def extend(self, now: int) -> None:
        """It is still under way."""
        ...


class Desk:
    """Counters, lines, notices, and everything that is under way."""

    __slots__ = ("counters", "holders", "lines", "live", "notices", "restored")

    def __init__(self, counters: Counters, deadlines: Deadlines, notices: Notices) -> None:
        self.counters = counters
        self.lines = Lines(deadlines)
        self.notices = notices
        self.live = set[Holding]()
        self.holders = dict[str, Holding]()
        """Who among them holds places, by the id of its call."""
        self.restored = True
        """Whether the counters know what was spent before the start."""

    async def ask(self, claims: Sequence[Claim], amounts: Sequence[int]) -> Taken | Refused:
        """Take, waiting for whoever has to be asked; raises LimitsUnavailable."""
        try:
            answer = self.counters.take(claims, amounts, clock.wall_ns())
            return answer if isinstance(answer, Taken | Refused) else await answer
        except CountersLost:
            raise unavailable() from None

    def give_back(self, lease: object, amounts: Sequence[int], claims: Sequence[Claim]) -> None:
        """Settle, and let whoever waits for one of these cells try."""
        self.counters.settle(lease, amounts, clock.wall_ns())
        if self.lines.open:
            for claim in claims:
                self.lines.wake(claim.cell)

    def restore(self) -> None:
        """The counters know now."""
        self.restored = True
        self.lines.wake(_RESTORING)

    async def wait_until_restored(self) -> None:
        """Raises LimitsUnavailable if it takes too long."""
        until = clock.monotonic() + RESTORE_SECONDS
        turn = self.lines.join(_RESTORING, until, _MOST_WAITING)
        try:
            while turn is not None and not self.restored and clock.monotonic() < until:
                await turn.come()
        finally:
            if turn is not None:
                self.lines.leave(turn)
        if not self.restored:
            raise LimitsUnavailable("what was spent before the gateway started is not known yet", retry_after=1.0)


def unavailable() -> LimitsUnavailable:
    """What callers are told when the counters cannot be asked."""
    return LimitsUnavailable("the limits of this gateway cannot be checked at the moment", retry_after=1.0)
