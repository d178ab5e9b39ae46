"""Counters in the memory of one process."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct

from trigate.store.cell import Bucket, Cell
from trigate.store.cells import CELLS
from trigate.store.counter import LEASE_SECONDS, Claim, CountersLost, Refused, Standing, Taken
from trigate.store.sliding import Sliding
from trigate.store.steady import SECOND, SteadyTime

LEASE = LEASE_SECONDS * SECOND
LOOK_AT = 256
"""Most cells that are looked at in one turn of forgetting."""


class Lease(Struct, eq=False, gc=False):
    """What one exchange holds; of nothing once it is settled. No cell knows of it, so it is part of no circle."""

    cells: Sequence[Cell | None]
    """None where nothing is to be given back."""
    amounts: Sequence[int]
    until: int
    """Steady nanoseconds; 0 once it has expired."""

    def expire(self, now: int) -> None:
        """Give the reservations back; what was used is still counted when it is known at last."""
        for cell, held in zip(self.cells, self.amounts, strict=True):
            if cell is not None:
                cell.settle(held, 0, now)
        self.amounts = (0,) * len(self.cells)
        self.until = 0


class Tally:
    """Cells of one process (store.counter.Counters); nothing here waits for anything."""

    def __init__(self, most_cells: int) -> None:
        self.on_lost_data: Callable[[], bool] | None = None
        """Called when settled amounts were lost; never, as long as the process lives."""
        self._most = most_cells
        self._cells: dict[str, Cell] = {}
        self._leases: list[Lease] = []
        """Settled ones are dropped at the next look, for a list costs less than a set."""
        self._time = SteadyTime()
        self._read = self._time.read
        self._tend_at = 0

    def __len__(self) -> int:
        return len(self._cells)

    def take(self, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> Taken | Refused:
        """Reserve all or none; raises CountersLost if there is no room for another cell."""
        time = self._time
        steady = now + time.ahead
        if steady < time.now:
            steady = self._read(now)
        time.now = steady
        if steady >= self._tend_at:
            self._tend(steady, now)
        cells: list[Cell | None] = []
        standings: list[Standing] = []
        for at, claim in enumerate(claims):  # `zip` that is told to be strict costs as much as a cell
            amount = amounts[at]
            cell: Cell | None = claim.place
            if cell is None or cell.start != claim.start:
                cell = self._find_or_undo(claims, amounts, at)
            if claim.sure:
                standing = cell.use(amount, steady, now, claim.hard)
                cell = None
            else:
                standing = cell.take(amount, steady, now, claim.hard)
            if standing is None:
                self._undo(claims, amounts, at)
                return self._refuse(claims, amounts, now)
            cells.append(cell)
            standings.append(standing)
        lease = Lease(cells, amounts, steady + LEASE)
        self._leases.append(lease)
        return Taken(lease, standings)

    def settle(self, lease: Any, amounts: Sequence[int], now: int) -> None:
        """Correct what was reserved; a second time changes nothing."""
        time = self._time
        steady = now + time.ahead
        if steady < time.now:
            steady = self._read(now)
        time.now = steady
        held = lease.amounts
        for at, cell in enumerate(lease.cells):
            if cell is not None:
                if cell.start < 0:
                    cell = self._successor(cell)  # noqa: PLW2901 - that is where it counts now
                cell.settle(held[at], amounts[at], steady)
        lease.cells = ()

    def extend(self, lease: Any, now: int) -> None:
        """Let the lease live for as long again."""
        if lease.until:
            lease.until = self._read(now) + LEASE

    def add(self, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> None:
        """Count what the ledger says."""
        steady = self._read(now)
        for claim, amount in zip(claims, amounts, strict=True):
            cell = self._find(claim, steady)
            if claim.start == cell.start:  # of an earlier window than the cell's own nothing counts any more
                cell.room(steady)
                cell.restore(amount)

    def look(self, claims: Sequence[Claim], now: int) -> Sequence[Standing]:
        """How the cells stand; none is made for it."""
        steady = self._read(now)
        if steady >= self._tend_at:
            self._tend(steady, now)
        return [self._seen(claim).standing(now) for claim in claims]

    def drain(self) -> None:
        """Nothing is open."""

    def _undo(self, claims: Sequence[Claim], amounts: Sequence[int], count: int) -> None:
        """Give back what the first `count` claims of a call have taken."""
        for claim, amount in zip(claims[:count], amounts, strict=False):
            if claim.sure:
                claim.place.spend(-amount)
            else:
                claim.place.reserved -= amount

    def _refuse(self, claims: Sequence[Claim], amounts: Sequence[int], wall: int) -> Refused:
        at = -1
        in_flight = True
        standings: list[Standing] = []
        for index, (claim, amount) in enumerate(zip(claims, amounts, strict=True)):
            cell = self._seen(claim)
            lacks = amount - cell.room(self._time.now)
            refused = claim.hard and amount > 0 and lacks > 0
            if refused:
                at = index if at < 0 else at
                in_flight = in_flight and lacks <= cell.reserved
            standings.append(cell.standing(wall, wanted=amount if refused else 0, over=lacks > 0))
        return Refused(at, standings, in_flight)

    # --- which cells there are -----------------------------------------------------------------------------------

    def _seen(self, claim: Claim) -> Cell:
        """The cell of a claim, up to date; one that is not kept if there is none."""
        cell = self._cells.get(claim.cell)
        if cell is None or cell.law.algorithm != claim.law.algorithm or cell.start < claim.start:
            cell = CELLS[claim.law.algorithm](claim, self._time.now)
        cell.room(self._time.now)
        return cell

    def _find_or_undo(self, claims: Sequence[Claim], amounts: Sequence[int], index: int) -> Cell:
        try:
            return self._find(claims[index], self._time.now)
        except CountersLost:
            self._undo(claims, amounts, index)
            raise

    def _find(self, claim: Claim, now: int) -> Cell:
        """The cell that a claim counts in, made if there is none."""
        cell = self._cells.get(claim.cell)
        if cell is None:
            if len(self._cells) >= self._most:
                self._make_room(now)
            cell = self._cells[claim.cell] = CELLS[claim.law.algorithm](claim, now)
        elif cell.law.algorithm != claim.law.algorithm or cell.start < claim.start:
            cell.mark()
            cell = self._cells[claim.cell] = CELLS[claim.law.algorithm](claim, now)
        elif cell.law != claim.law:
            cell.room(now)
            cell.obey(claim.law)
        claim.place = cell
        return cell

    def _successor(self, cell: Cell) -> Cell:
        """Where to count what is settled in a cell that is not kept: in itself, if its window is over."""
        current = self._cells.setdefault(cell.name, cell)
        if current is cell:
            cell.mark()
        return current if current.start == ~cell.start and type(current) is type(cell) else cell

    def _forget(self, cell: Cell) -> None:
        """Leases go on settling in it, where it changes nothing for anyone."""
        cell.mark()
        del self._cells[cell.name]

    def _make_room(self, now: int) -> None:
        """Forget what is whole, else the rates that were idle longest; a balance is never forgotten."""
        ended = self._time.ended(now)
        others = [each for each in self._cells.values() if each.touched < now]  # not what this very call has found
        whole = [each for each in others if each.is_whole(now, ended)]
        if not whole:
            idle = [cell for cell in others if isinstance(cell, Bucket | Sliding) and not cell.reserved]
            whole = sorted(idle, key=_last_asked)[: max(self._most // 64, 1)]
        if not whole:
            raise CountersLost(f"all {self._most} counters are in use: raise store.counters.cells")
        for cell in whole:
            self._forget(cell)

    def _tend(self, now: int, wall: int) -> None:
        """Every second: expire leases, and forget some cells that a new one would equal."""
        self._tend_at = now + SECOND
        for lease in self._leases:
            if lease.until <= now and lease.cells:
                lease.expire(now)
        self._leases = [each for each in self._leases if each.cells and each.until > now]
        ended = self._time.ended(wall)
        for name in list(islice(self._cells, LOOK_AT)):
            cell = self._cells[name]
            if cell.is_whole(now, ended):
                self._forget(cell)
            else:
                self._cells[name] = self._cells.pop(name)  # looked at again after all others


def _last_asked(cell: Cell) -> int:
    return cell.touched
