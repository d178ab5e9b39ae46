"""Counters that the workers of a machine share, in a table mapped into the memory of each."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from trigate.store.cell import Cell
from trigate.store.copying import copy, transfer
from trigate.store.counter import Claim, CountersLost, Refused, Standing, Taken
from trigate.store.place import Place
from trigate.store.presence import Presence
from trigate.store.seat import bury_dead, leave_seat, take_seat
from trigate.store.shared_cells import SharedCells
from trigate.store.steady import SECOND, SteadyTime
from trigate.store.table import AHEAD, MOST_CLAIMS, NOW, Table
from trigate.store.tally import LEASE, LOOK_AT

_BURY_EVERY = SECOND // 10
_ENTRY_SECONDS = 15.0
"""Longest wait for the table of a process that begins: on a machine that is overloaded, others that begin at the same
time may hold it for longer than any call of theirs will."""


class Lease(Struct, eq=False, gc=False):
    """What one exchange holds; of nothing once it is settled. No place knows of it, so it is part of no circle."""

    places: Sequence[Place | None]
    """None where nothing is to be given back."""
    amounts: Sequence[int]
    until: int
    """Steady nanoseconds; 0 once it has expired."""
    row: int
    """Where the table says so, -1 if nothing is reserved."""


class SharedTally(SharedCells):
    """One process's share in the cells of a table (store.counter.Counters); waits for nothing but its lock."""

    def __init__(self, path: Path, cells: int) -> None:
        self.on_lost_data: Callable[[], bool] | None = None
        """Called when settled amounts were lost; never, for the table outlives every process that uses it."""
        self.presence: Presence | None = None
        """Ends when this process has left the table."""
        super().__init__(Table(path, cells))
        self._free: list[int] = []
        """Rows of this seat."""
        self._leases: set[Lease] = set()
        self._overdue: set[Lease] = set()
        """Those that have expired, and what was used of them is not known yet."""
        self._late: list[tuple[Lease, Sequence[int]]] = []
        """To be settled when the table can be locked again."""
        self._tend_at = self._bury_at = 0
        self._draining = False
        try:
            self._table.acquire(_ENTRY_SECONDS)
        except CountersLost:
            self._table.close()
            raise
        try:
            self._seat = take_seat(self._table)
            self._begin_stamps()
        finally:
            self._table.release()

    def take(self, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> Taken | Refused:
        """Reserve all or none; raises CountersLost if there is no room, or a stopped process holds the table."""
        self._table.acquire()
        try:
            steady = self._begin(now)
            found = self._try(claims, amounts, steady, now)
            if isinstance(found, Refused) and found.in_flight and steady >= self._bury_at:
                self._bury_at = steady + _BURY_EVERY
                if bury_dead(self._table, self._seat):
                    found = self._try(claims, amounts, steady, now)
            return found
        except OSError as error:
            self._distrust()
            raise CountersLost(f"there is no memory for shared counters: {error}") from None
        except BaseException:
            self._distrust()
            raise
        finally:
            self._table.release()

    def settle(self, lease: Any, amounts: Sequence[int], now: int) -> None:
        """Correct what was reserved; a second time changes nothing."""
        if lease.places:
            self._late.append((lease, amounts))
            try:
                self._table.acquire()
            except CountersLost:
                return  # at the next opportunity
            try:
                self._begin(now)
            finally:
                self._table.release()
            self._leave_when_done()

    def extend(self, lease: Any, now: int) -> None:
        """Let the lease live for as long again."""
        if lease.until:
            lease.until = max(self._time.now, now) + LEASE

    def add(self, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> None:
        """Count what the ledger says."""
        self._table.acquire()
        try:
            steady = self._begin(now)
            for claim, amount in zip(claims, amounts, strict=True):
                place = self._fetch(claim, steady)
                if place.cell.start == claim.start:  # of an earlier window nothing counts any more
                    place.cell.room(steady)
                    place.cell.restore(amount)
                    self._commit([place])
        finally:
            self._table.release()

    def look(self, claims: Sequence[Claim], now: int) -> Sequence[Standing]:
        """How the cells stand; none is made for it."""
        self._table.acquire()
        try:
            steady = self._begin(now)
            return [self._seen(claim, steady).standing(now) for claim in claims]
        finally:
            self._table.release()

    def drain(self) -> None:
        """Leave the table when the last lease is settled."""
        self._draining = True
        self._leave_when_done()

    # --- moving in and out ---------------------------------------------------------------------------------------

    @property
    def time(self) -> SteadyTime:
        """As it was when the table was last used."""
        return self._time

    @property
    def leases(self) -> list[Lease]:
        """What this process holds, or has held too long."""
        return [*self._leases, *self._overdue]

    def adopt(self, cells: Mapping[bytes, Cell], time: SteadyTime, now: int) -> None:
        """Go on from what another has counted, by digest, and by its time; raises CountersLost if there is no room."""
        self._table.acquire()
        try:
            for word, found in ((NOW, time.now), (AHEAD, time.ahead)):
                self._words[word] = max(self._words[word], found)
            steady = self._begin(now)
            for digest, cell in cells.items():
                place = self._settle_in(digest, cell, steady)
                if place.cell.start == cell.start and place.cell.settled() <= cell.settled():
                    transfer(cell, place.cell)
                    self._commit([place])
        finally:
            self._table.release()

    def copies(self, now: int) -> tuple[dict[str, Cell], dict[bytes, Cell]]:
        """All that is counted, less what is reserved: by name, and by digest where this process has heard no name."""
        self._table.acquire()
        try:
            self._begin(now)
            names = {place.digest: name for name, place in self._places.items()}
            named, others = dict[str, Cell](), dict[bytes, Cell]()
            for index in self._table.used():
                place = Place.read(self._table, index)
                name = names.get(place.digest, "")
                if name:
                    named[name] = copy(place.cell, name)
                else:
                    others[place.digest] = copy(place.cell, name)
            return named, others
        finally:
            self._table.release()

    # --- with the table locked -----------------------------------------------------------------------------------

    def _begin(self, wall: int) -> int:
        """The steady time, the same for all processes; what was left undone is done first."""
        time = self._time
        words = self._words
        time.now = words[NOW]
        time.ahead = ahead = words[NOW + 1]
        steady = time.read(wall)
        words[NOW] = steady
        if time.ahead != ahead:
            words[NOW + 1] = time.ahead
        while self._late:
            lease, amounts = self._late.pop()
            self._settle(lease, amounts, steady)
        if steady >= self._tend_at:
            self._tend(steady, wall)
        return steady

    def _try(self, claims: Sequence[Claim], amounts: Sequence[int], now: int, wall: int) -> Taken | Refused:
        words = self._words
        self._used = places = list[Place]()
        standings: list[Standing] = []
        for index, claim in enumerate(claims):
            amount = amounts[index]
            place: Place | None = claim.place
            if place is None or words[place.stamp_word] != place.stamp or place.cell.start != claim.start:
                place = self._fetch(claim, now)
            cell = place.cell
            hard = claim.hard and amount > 0
            standing = cell.use(amount, now, wall, hard) if claim.sure else cell.take(amount, now, wall, hard)
            places.append(place)
            if standing is None:
                return self._refuse(claims, amounts, now, wall)
            standings.append(standing)
        lease = Lease(places, amounts, now + LEASE, -1)
        self._grant(lease, claims)
        return Taken(lease, standings)

    def _grant(self, lease: Lease, claims: Sequence[Claim]) -> None:
        """Write down what a call was granted, and that this process holds it."""
        held: list[int] = []
        kept: list[Place | None] = []
        for index, place in enumerate(self._used):
            amount = lease.amounts[index]
            if claims[index].sure:
                kept.append(None)
                continue
            kept.append(place)
            if amount:
                held += (place.index, place.born, amount)
        lease.row = self._row(len(held) // 3) if held else -1
        self._commit(self._used, lease.row, held)
        lease.places = kept
        self._leases.add(lease)

    def _row(self, count: int) -> int:
        if count > MOST_CLAIMS:
            raise CountersLost(f"one call claims more than {MOST_CLAIMS} limits")
        return self._free.pop() if self._free else self._table.row(self._seat, self._table.grow(self._seat))

    def _refuse(self, claims: Sequence[Claim], amounts: Sequence[int], now: int, wall: int) -> Refused:
        self._distrust()
        at = -1
        in_flight = True
        standings: list[Standing] = []
        for index, (claim, amount) in enumerate(zip(claims, amounts, strict=True)):
            cell = self._seen(claim, now)
            lacks = amount - cell.room(now)
            refused = claim.hard and amount > 0 and lacks > 0
            if refused:
                at = index if at < 0 else at
                in_flight = in_flight and lacks <= cell.reserved
            standings.append(cell.standing(wall, wanted=amount if refused else 0, over=lacks > 0))
        return Refused(at, standings, in_flight)

    def _settle(self, lease: Lease, amounts: Sequence[int], now: int) -> None:
        """Give back what a lease holds, and count what was used instead."""
        changed: list[Place] = []
        self._used = changed
        for index, place in enumerate(lease.places):
            if place is None:
                continue
            held, used = lease.amounts[index], amounts[index]
            here = self._still(place, now)
            if here is not place:
                held = 0
            if here is not None and (held or used):
                here.cell.settle(held, used, now)
                changed.append(here)
        self._commit(changed, lease.row)
        if lease.row >= 0:
            self._free.append(lease.row)
        lease.row = -1
        lease.places = ()
        self._leases.discard(lease)
        self._overdue.discard(lease)

    def _tend(self, now: int, wall: int) -> None:
        """Every second: expire leases, look for the dead, and forget some cells that a new one would equal."""
        self._tend_at = now + SECOND
        for lease in [each for each in self._leases if each.until <= now]:
            self._expire(lease, now)
        bury_dead(self._table, self._seat)
        ended = self._time.ended(wall)
        for place in self._some(LOOK_AT):
            if place.cell.is_whole(now, ended):
                self._table.remove(place.index)

    def _expire(self, lease: Lease, now: int) -> None:
        """Give the reservations back; what was used is still counted when it is known at last."""
        places = lease.places
        self._settle(lease, (0,) * len(places), now)
        lease.places, lease.amounts, lease.until = places, (0,) * len(places), 0
        self._overdue.add(lease)

    def _leave_when_done(self) -> None:
        if self._draining and not self._leases and not self._overdue and not self._late:
            self._draining = False
            with suppress(CountersLost):  # the others will see that the seat is free
                self._table.acquire()
                leave_seat(self._table, self._seat)
                alone = not self._table.taken_seats()
                self._table.release()
                if alone:
                    self._table.remove_file()
            self._table.close()
            if self.presence is not None:
                self.presence.close()
