"""The cell that counts in a span of time which slides along."""

from trigate.store.cell import Cell, State
from trigate.store.counter import Claim, Law, Standing

SLOTS = 60
"""Into which a sliding span is divided; one more is kept, for the oldest is still partly inside."""
RING = 64
"""Places for slots."""


class Sliding(Cell):
    """Counts by slots of a sixtieth of the span, numbered from the epoch, in a ring."""

    __slots__ = ("first", "last", "ring", "total", "width")

    def __init__(self, claim: Claim, now: int) -> None:
        self.ring: list[int] | memoryview[int] = [0] * RING
        """The amount of each slot at its number modulo RING; of meaning from `first` to `last` only."""
        self.total = 0
        self.first = self.last = 0
        self.width = 0
        super().__init__(claim, now)

    def obey(self, law: Law) -> None:
        """What was counted stays; if the span changes, as if it had just happened."""
        super().obey(law)
        width = max(-(-law.length // SLOTS), 1)
        if width != self.width:
            self.width = width
            self.first = self.last = self.touched // width
            self.ring[self.last % RING] = self.total

    def take(self, amount: int, now: int, wall: int, hard: bool) -> Standing | None:
        """Reserve; a reservation is in no slot yet, and does not leave the span."""
        width = self.width
        self.touched = now
        left = now // width - SLOTS
        if self.first < left:
            self._let_go(left)
        total = self.total
        reserved = self.reserved + amount
        room = self.capacity - total - reserved
        if room < 0 and hard and amount:
            return None
        self.reserved = reserved
        resets = (self.last + SLOTS + 1) * width - now if total else 0
        return Standing(room if room > 0 else 0, resets, total, reserved, room < 0)

    def room(self, now: int) -> int:
        """What fits now."""
        self.touched = now
        left = now // self.width - SLOTS
        if self.first < left:
            self._let_go(left)
        return self.capacity - self.total - self.reserved

    def _let_go(self, left: int) -> None:
        for number in range(self.first, min(left, self.last + 1)):
            self.total -= self.ring[number % RING]
        self.first = left

    def spend(self, amount: int) -> None:
        """Into the slot of this time."""
        if amount:
            self.total += amount
            self.enter(amount)

    def enter(self, amount: int) -> None:
        """Write into the ring what is in the total already."""
        number = self.touched // self.width
        for each in range(max(self.last + 1, number - RING + 1), number + 1):
            self.ring[each % RING] = 0
        self.last = number
        self.ring[number % RING] += amount

    def standing(self, wall: int, *, wanted: int = 0, over: bool = False) -> Standing:
        """Whole again when the last slot has left the span."""
        resets = 0
        if self.total:
            last = self._last_to_leave(wanted) if wanted else self.last
            resets = (last + SLOTS + 1) * self.width - self.touched
        remaining = self.capacity - self.total - self.reserved
        return Standing(max(remaining, 0), resets, self.total, self.reserved, over)

    def _last_to_leave(self, wanted: int) -> int:
        """The slot whose leaving makes room for `wanted`."""
        excess = self.total + self.reserved + wanted - self.capacity
        for number in range(self.first, self.last):
            excess -= self.ring[number % RING]
            if excess <= 0:
                return number
        return self.last

    def settled(self) -> int:
        """What the slots hold."""
        return self.total

    def is_whole(self, now: int, ended: int) -> bool:
        """Whether every slot has left and nothing is reserved."""
        return not self.reserved and (not self.total or self.last < now // self.width - SLOTS)

    def freeze(self) -> State:
        """The sum, and which slots it is of."""
        return self.total, self.first, self.last

    def thaw(self, state: State) -> None:
        """Go on from what was frozen."""
        self.total, self.first, self.last = state
