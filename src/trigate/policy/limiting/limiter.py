"""The limits in force, and what keeps them going: leases that are extended, notices, balances after a start."""

from collections.abc import Mapping, Sequence

from trigate.core.bus import Bus, BusClosed
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.surroundings import Spool, Surroundings
from trigate.core.tasks import spawn
from trigate.policy.limit import Hold, Limit, Limits
from trigate.policy.limiting.balance import Balance, ask_balances, known_to
from trigate.policy.limiting.desk import Desk
from trigate.policy.limiting.notice import Notices
from trigate.policy.limiting.plan import Book
from trigate.policy.limiting.reservation import Reservation
from trigate.policy.measure.quota import Quota
from trigate.store.counter import LEASE_SECONDS, Claim, Counters, Law

TICK_SECONDS = 1.0
EXTEND_SECONDS = LEASE_SECONDS / 3


class Limiter(Limits):
    """Limits that hold (policy.limit.Limits); a living thing, kept over reloads."""

    __slots__ = (
        "_asking",
        "_behind",
        "_bus",
        "_deadlines",
        "_desk",
        "_drained",
        "_extend_at",
        "_known",
        "_plan",
        "book",
        "deadline",
    )

    def __init__(
        self,
        quotas: Sequence[Quota],
        counters: Counters,
        deadlines: Deadlines,
        spool: Spool,
        bus: Bus | None = None,
    ) -> None:
        """`bus` is where balances from before the start are asked for; None if there were none."""
        self._deadlines = deadlines
        self._desk = Desk(counters, deadlines, Notices(counters, spool))
        self._bus = bus
        self._asking = self._behind = self._drained = False
        self._known = known_to(counters)
        self.book = Book(())
        self._extend_at = clock.monotonic() + EXTEND_SECONDS
        self.deadline = clock.monotonic() + TICK_SECONDS
        self.replace(quotas)
        if bus is not None:
            counters.on_lost_data = self.forget_balances
        deadlines.add(self)

    def hold(self, call: Call) -> Hold | None:
        """The limits that apply to this call, None if there are none."""
        plan = self._plan(call)
        return None if plan is None else Reservation(self._desk, plan, call)

    def deposit(self, call: Call) -> Hold | None:
        """Money that is set aside for what the call has begun (policy.limit.Limits.deposit)."""
        plan = self.book.deposit(call)
        return None if plan is None else Reservation(self._desk, plan, call)

    def booking(self, call: Call) -> Hold | None:
        """What counts a call that is over and is refused by nothing (policy.limit.Limits.booking)."""
        plan = self.book.booking(call)
        return None if plan is None else Reservation(self._desk, plan, call)

    def replace(self, quotas: Sequence[Quota]) -> None:
        """Other limits from now on; calls under way keep those that they began with, counts of the same name go on."""
        self.book = Book(quotas)
        self._plan = self.book.plan
        self._known.tags &= self.book.balanced  # of one that is left out nothing is counted any more
        if self._bus is not None:
            self._ask_for_unknown()

    def forget_balances(self) -> bool:
        """Let hard budgets wait, within bounds, until it is known what was spent: after a start, and when the counters
        have lost what they knew. Whether there are any. What is under way is reserved anew, before anything else."""
        if self._known.tags:
            for each in self._desk.live:
                each.extend(clock.wall_ns())
        self._known.tags = frozenset()
        self._ask_for_unknown()
        return bool(self.book.strict)

    def _ask_for_unknown(self) -> None:
        book, known = self.book, self._known.tags
        self._behind = not book.balanced <= known
        self._desk.restored = False
        if book.strict <= known:
            self._desk.restore()
        if self._behind:
            self.deadline = clock.monotonic()

    def restore(self, balances: Sequence[Balance]) -> None:
        """Count what the ledger says; whoever says it again changes nothing."""
        laws = self.book.laws
        known = [each for each in balances if each.cell.partition("/")[0] in laws]
        claims = [_claim(each, laws) for each in known]
        self._desk.counters.add(claims, [each.amount for each in known], clock.wall_ns())
        if not self._drained:
            self._known.tags |= self.book.balanced
        self._behind = False
        self._desk.restore()

    def expire(self) -> None:
        """Every second: notices; three times in the life of a lease: extend those of what is under way."""
        now = clock.monotonic()
        self.deadline = now + TICK_SECONDS
        self._desk.notices.look()
        if self._bus is not None and self._behind and not self._asking:
            self._asking = True
            spawn(self._ask(self._bus), "balances")
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

    async def _ask(self, bus: Bus) -> None:
        book = self.book
        try:
            balances = await ask_balances(bus)
            if book is self.book:  # else they are asked for again, for the limits that have come since
                self.restore(balances)
        except BusClosed:
            pass  # the next tick tries again
        finally:
            self._asking = False


def open_limits(limits: Sequence[Limit], counters: Counters, surroundings: Surroundings) -> Limiter:
    """The limits of a configuration, over reloads the same for as long as nothing about them changes."""

    def make() -> Limiter:
        quotas = [quota for limit in limits for quota in limit.quotas()]
        return Limiter(quotas, counters, surroundings.deadlines, surroundings.spool, surroundings.bus)

    return surroundings.keep.adopt("policy.limits", (tuple(limits), id(counters)), make)


def _claim(balance: Balance, laws: Mapping[str, Law]) -> Claim:
    law = laws[balance.cell.partition("/")[0]]
    return Claim(balance.cell, law, start=balance.start, end=balance.end)
