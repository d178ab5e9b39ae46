"""One number of one limit in the memory of a process, and the ways to count that need one or two numbers.

A cell keeps what is *settled* and what is *reserved* apart. Reservations never refill and never leave a span: they are
given back as a whole when the exchange is settled, and only what was used then begins to age. So no settling, however
late, can make room twice.
"""

from math import gcd

from trigate.store.counter import Claim, Law, Standing

State = tuple[int, int, int]
"""What a cell has counted beside its reservations, in words of 64 bits."""


class Cell:
    """What all cells have. `now` is a time in nanoseconds that never goes back, `wall` the time on the wall.

    `take` does everything in one call of the function, for the cells of a call cost more than all else in it.
    """

    __slots__ = ("capacity", "end", "law", "name", "reserved", "start", "touched")

    stamp = -1
    stamp_word = 0
    """So that a table for whom a claim remembers this cell looks for its own (store.place.Place)."""
    capacity: int
    end: int
    law: Law
    name: str
    reserved: int
    start: int
    touched: int
    """When it was last brought up to date, and last asked."""

    def __init__(self, claim: Claim, now: int) -> None:
        self.name = claim.cell
        self.start = claim.start
        self.end = claim.end
        self.reserved = 0
        self.touched = now
        self.obey(claim.law)

    def obey(self, law: Law) -> None:
        """Count by a law with the same algorithm; what was counted stays."""
        self.law = law
        self.capacity = law.capacity

    def mark(self) -> None:
        """Not kept any more, or kept again: no claim starts before 1970, so whoever remembers the cell looks anew."""
        self.start = ~self.start

    def take(self, amount: int, now: int, wall: int, hard: bool) -> Standing | None:
        """Reserve; None, and nothing reserved, if it does not fit and `hard` says that it must. Nothing always fits."""
        room = self.room(now) - amount
        if room < 0 and hard and amount:
            return None
        self.reserved += amount
        return self.standing(wall, over=room < 0)

    def use(self, amount: int, now: int, wall: int, hard: bool) -> Standing | None:
        """Like `take`, settled at once."""
        room = self.room(now) - amount
        if room < 0 and hard and amount:
            return None
        self.spend(amount)
        return self.standing(wall, over=room < 0)

    def settle(self, held: int, used: int, now: int) -> None:
        """Turn a reservation into what was used."""
        self.reserved -= held
        if used > 0:
            self.room(now)
            self.spend(used)

    def room(self, now: int) -> int:
        """Bring the cell up to date: what fits now, negative when more is used than allowed."""
        raise NotImplementedError

    def spend(self, amount: int) -> None:
        """Settle an amount, or a negative one that was settled wrongly, in a cell that is up to date."""
        raise NotImplementedError

    def restore(self, amount: int) -> None:
        """What the ledger says was settled, in a cell that is up to date."""
        self.spend(amount)

    def standing(self, wall: int, *, wanted: int = 0, over: bool = False) -> Standing:
        """Of a cell that is up to date; `wanted` is an amount that was refused."""
        raise NotImplementedError

    def settled(self) -> int:
        """Used up, in a cell that is up to date."""
        raise NotImplementedError

    def is_whole(self, now: int, ended: int) -> bool:
        """Whether a new cell would say the same; windows are over that end before `ended`."""
        raise NotImplementedError

    def freeze(self) -> State:
        """What was counted, to be kept elsewhere."""
        return 0, 0, 0

    def thaw(self, state: State) -> None:
        """Go on from what was frozen under the same law."""


class Bucket(Cell):
    """Refills evenly. The debt is counted in fractions of a unit, such that whole ones are refilled in a nanosecond."""

    __slots__ = ("burst", "debt", "full", "pace", "refill", "unit")

    def __init__(self, claim: Claim, now: int) -> None:
        self.debt = 0
        self.unit = 1
        super().__init__(claim, now)

    def obey(self, law: Law) -> None:
        """What was counted stays, in whole units rounded up."""
        settled = self.settled()
        super().obey(law)
        common = gcd(law.capacity, law.length) or 1
        self.burst = law.burst or law.capacity
        self.unit = law.length // common or 1
        self.refill = law.capacity // common
        self.pace = self.refill or 1  # to divide by
        self.full = self.burst * self.unit
        self.debt = settled * self.unit

    def take(self, amount: int, now: int, wall: int, hard: bool) -> Standing | None:
        """Reserve; a reservation is no debt yet, and does not refill."""
        debt = self.debt
        unit = self.unit
        if debt:
            debt -= (now - self.touched) * self.refill
            self.debt = debt = debt if debt > 0 else 0
        self.touched = now
        reserved = self.reserved + amount
        free = (self.full - debt) // unit
        room = free - reserved
        if room < 0:
            if hard and amount:
                return None
            self.reserved = reserved
            return self.standing(wall, over=True)
        self.reserved = reserved
        return Standing(room, -(-debt // self.pace), self.burst - free, reserved)

    def use(self, amount: int, now: int, wall: int, hard: bool) -> Standing | None:
        """Settle at once."""
        unit = self.unit
        debt = self.debt - (now - self.touched) * self.refill
        spent = (debt if debt > 0 else 0) + amount * unit
        free = (self.full - spent) // unit
        reserved = self.reserved
        if free < reserved:
            return super().use(amount, now, wall, hard)
        self.debt = spent
        self.touched = now
        return Standing(free - reserved, -(-spent // self.pace), self.burst - free, reserved)

    def settle(self, held: int, used: int, now: int) -> None:
        """Turn a reservation into debt."""
        self.reserved -= held
        if used > 0:
            debt = self.debt - (now - self.touched) * self.refill
            self.debt = (debt if debt > 0 else 0) + used * self.unit
            self.touched = now

    def room(self, now: int) -> int:
        """What fits now."""
        debt = self.debt - (now - self.touched) * self.refill
        self.debt = debt = debt if debt > 0 else 0
        self.touched = now
        return (self.full - debt) // self.unit - self.reserved

    def spend(self, amount: int) -> None:
        """More debt."""
        self.debt = max(self.debt + amount * self.unit, 0)

    def standing(self, wall: int, *, wanted: int = 0, over: bool = False) -> Standing:
        """Whole again when the debt is paid; reservations are no debt."""
        debt, reserved = self.debt, self.reserved
        owed = debt
        if wanted and wanted + reserved <= self.burst:
            owed = debt + (wanted + reserved) * self.unit - self.full
        resets = -(-owed // self.pace) if owed > 0 and self.refill else 0
        remaining = (self.full - debt) // self.unit - reserved
        return Standing(max(remaining, 0), resets, self.settled(), reserved, over)

    def settled(self) -> int:
        """The debt, in whole units rounded up."""
        return -(-self.debt // self.unit)

    def is_whole(self, now: int, ended: int) -> bool:
        """Whether nothing is owed or reserved."""
        return not self.reserved and self.debt <= (now - self.touched) * self.refill

    def freeze(self) -> State:
        """The debt, whole units apart from the fraction, for together they may need more than 64 bits."""
        unit = self.unit
        return self.debt // unit, self.debt % unit, 0

    def thaw(self, state: State) -> None:
        """Go on from what was frozen."""
        self.debt = state[0] * self.unit + state[1]


class Window(Cell):
    """Counts in one window; the next window has a cell of its own, and what still runs in this one ends here."""

    __slots__ = ("used",)

    def __init__(self, claim: Claim, now: int) -> None:
        self.used = 0
        super().__init__(claim, now)

    def take(self, amount: int, now: int, wall: int, hard: bool) -> Standing | None:
        """Reserve."""
        self.touched = now
        used = self.used
        reserved = self.reserved + amount
        room = self.capacity - used - reserved
        resets = self.end - wall
        if room < 0:
            if hard and amount:
                return None
            self.reserved = reserved
            return Standing(0, resets if resets > 0 else 0, used, reserved, True)
        self.reserved = reserved
        return Standing(room, resets if resets > 0 else 0, used, reserved)

    def settle(self, held: int, used: int, now: int) -> None:
        """Turn a reservation into what was used."""
        self.reserved -= held
        if used > 0:
            self.used += used

    def room(self, now: int) -> int:
        """What fits now."""
        self.touched = now
        return self.capacity - self.used - self.reserved

    def spend(self, amount: int) -> None:
        """Into this window."""
        self.used = max(self.used + amount, 0)

    def restore(self, amount: int) -> None:
        """The ledger never knows more than was settled, so whoever says the same again changes nothing."""
        self.used = max(self.used, amount)

    def standing(self, wall: int, *, wanted: int = 0, over: bool = False) -> Standing:
        """Whole again when the window ends."""
        remaining = self.capacity - self.used - self.reserved
        return Standing(max(remaining, 0), max(self.end - wall, 0), self.used, self.reserved, over)

    def settled(self) -> int:
        """Used in this window."""
        return self.used

    def is_whole(self, now: int, ended: int) -> bool:
        """Whether the window is over, or nothing happened in it."""
        return not self.reserved and (not self.used or 0 < self.end < ended)

    def freeze(self) -> State:
        """What is used."""
        return self.used, 0, 0

    def thaw(self, state: State) -> None:
        """Go on from what was frozen."""
        self.used = state[0]


class Concurrency(Cell):
    """Counts what is under way; nothing is ever used up."""

    __slots__ = ()

    def take(self, amount: int, now: int, wall: int, hard: bool) -> Standing | None:
        """One more under way."""
        self.touched = now
        reserved = self.reserved + amount
        room = self.capacity - reserved
        if room < 0:
            if hard and amount:
                return None
            self.reserved = reserved
            return Standing(0, 0, 0, reserved, True)
        self.reserved = reserved
        return Standing(room, 0, 0, reserved)

    def settle(self, held: int, used: int, now: int) -> None:
        """Give it all back."""
        self.reserved -= held

    def room(self, now: int) -> int:
        """What fits now."""
        self.touched = now
        return self.capacity - self.reserved

    def spend(self, amount: int) -> None:
        """Nothing is used up."""

    def standing(self, wall: int, *, wanted: int = 0, over: bool = False) -> Standing:
        """Never whole by itself."""
        return Standing(max(self.capacity - self.reserved, 0), 0, 0, self.reserved, over)

    def settled(self) -> int:
        """Nothing is ever used up."""
        return 0

    def is_whole(self, now: int, ended: int) -> bool:
        """Whether nothing is under way."""
        return not self.reserved
