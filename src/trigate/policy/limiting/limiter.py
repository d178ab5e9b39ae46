"""The limits in force, and what keeps them going: leases that are extended, notices, balances after a start."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.surroundings import Spool
from trigate.policy.limit import Hold, Limits
from trigate.policy.limiting.desk import Desk
from trigate.policy.limiting.notice import Notices
from trigate.policy.limiting.plan import Book
from trigate.policy.limiting.reservation import Reservation
from trigate.policy.measure.quota import Quota
from trigate.store.counter import LEASE_SECONDS, Claim, Counters, Law

TICK_SECONDS = 1.0
EXTEND_SECONDS = LEASE_SECONDS / 3


class Balance(Struct, frozen=True):
    """What the ledger says was used up under a budget in one window."""

    cell: str
    start: int
    """Of the window, nanoseconds since the epoch."""
    end: int
    """0 for a window that never ends."""
    amount: int


class Limiter(Limits):
    """Limits that hold (policy.limit.Limits); a living thing, kept over reloads."""

    __slots__ = ("_book", "_deadlines", "_desk", "_drained", "_extend_at", "_plan", "deadline")

    def __init__(self, quotas: Sequence[Quota], counters: Counters, deadlines: Deadlines, spool: Spool) -> None:
        self._deadlines = deadlines
        self._desk = Desk(counters, deadlines, Notices(counters, spool))
        self._drained = False
        self.deadline = clock.monotonic() + TICK_SECONDS
        self._extend_at = clock.monotonic() + EXTEND_SECONDS
        self.replace(quotas)
        deadlines.add(self)

    def hold(self, call: Call) -> Hold | None:
        """The limits that apply to this call, None if there are none."""
        plan = self._plan(call)
        return None if plan is None else Reservation(self._desk, plan, call)

    def replace(self, quotas: Sequence[Quota]) -> None:
        """Other limits from now on; calls under way keep those that they began with, counts of the same name go on."""
        self._book = Book(quotas)
        self._plan = self._book.plan

    def await_balances(self) -> None:
        """Let hard budgets wait, within bounds, until `restore` has told what was spent: after a start, or when the
        counters have lost what they knew."""
        self._desk.restored = not self._book.has_balances

    def restore(self, balances: Sequence[Balance]) -> None:
        """Count what the ledger says; whoever says it again changes nothing."""
        laws = self._book.laws
        known = [each for each in balances if each.cell.partition("/")[0] in laws]
        claims = [_claim(each, laws) for each in known]
        self._desk.counters.add(claims, [each.amount for each in known], clock.wall_ns())
        self._desk.restore()

    def expire(self) -> None:
        """Every second: notices; three times in the life of a lease: extend those of what is under way."""
        now = clock.monotonic()
        self.deadline = now + TICK_SECONDS
        self._desk.notices.look()
        if now >= self._extend_at:
            self._extend_at = now + EXTEND_SECONDS
            for each in self._desk.live:
                each.extend(clock.wall_ns())
        if self._drained and not self._desk.live:
            self.deadline = NEVER
            self._deadlines.discard(self)

    def drain(self) -> None:
        """No configuration uses these limits any more: go on only for what is under way."""
        self._drained = True


def _claim(balance: Balance, laws: Mapping[str, Law]) -> Claim:
    law = laws[balance.cell.partition("/")[0]]
    return Claim(balance.cell, law, start=balance.start, end=balance.end)
