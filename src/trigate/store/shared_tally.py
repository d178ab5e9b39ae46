"""Counters that the workers of a machine share, in a table mapped into the memory of each."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from struct import Struct as Packing
from typing import Any

from msgspec import Struct

from trigate.store.cell import Bucket, Cell
from trigate.store.counter import Claim, CountersLost, Refused, Standing, Taken
from trigate.store.place import NUMBERS, Place, new_cell
from trigate.store.seat import bury_dead, leave_seat, take_seat
from trigate.store.sliding import Sliding
from trigate.store.steady import SECOND, SteadyTime
from trigate.store.table import ALGORITHM, CURSOR, MOST_CLAIMS, NOW, SERIAL, USED, Table
from trigate.store.tally import LEASE, LOOK_AT

LOOK_FOR_ROOM = 4096
"""Most cells that are looked at to find one that can be forgotten for a new one."""
_BURY_EVERY = SECOND // 10
_ROWS = [Packing(f"={3 * count}q") for count in range(MOST_CLAIMS + 1)]


class Lease(Struct, eq=False):
    """What one exchange holds; of nothing once it is settled."""

    places: Sequence[Place | None]
    """None where nothing is to be given back."""
    amounts: Sequence[int]
    until: int
    """Steady nanoseconds; 0 once it has expired."""
    row: int
    """Where the table says so, -1 if nothing is reserved."""


class SharedTally:
    """One process's share in the cells of a table (store.counter.Counters); waits for nothing but its lock."""

    def __init__(self, path: Path, cells: int) -> None:
        self.on_lost_data: Callable[[], bool] | None = None
        """Called when settled amounts were lost; never, for the table outlives every process that uses it."""
        self._table = table = Table(path, cells)
        self._words = table.words
        self._places: dict[str, Place] = {}
        self._used: Sequence[Place] = ()
        """What the call under way has found."""
        self._free: list[int] = []
        """Rows of this seat."""
        self._leases: set[Lease] = set()
        self._late: list[tuple[Lease, Sequence[int]]] = []
        """To be settled when the table can be locked again."""
        self._time = SteadyTime()
        self._tend_at = self._bury_at = 0
        self._draining = False
        table.acquire()
        try:
            self._seat = take_seat(table)
            self._words[SERIAL] += 1
            self._stamp = (self._words[SERIAL] & 0x7FFFFF) << 40
        finally:
            table.release()

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

    # --- with the table locked -----------------------------------------------------------------------------------

    def _begin(self, wall: int) -> int:
        """The steady time, the same for all processes; what was left undone is done first."""
        time = self._time
        time.now, time.ahead = self._words[NOW], self._words[NOW + 1]
        steady = time.read(wall)
        self._words[NOW], self._words[NOW + 1] = steady, time.ahead
        while self._late:
            self._settle(*self._late.pop(), steady)
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

    def _commit(self, places: Sequence[Place], row: int = -1, held: Sequence[int] = ()) -> None:
        """Write places, and what a row holds, as a whole or not at all."""
        table = self._table
        table.save([place.image for place in places], max(row, 0))
        try:
            for place in places:
                self._stamp += 1
                place.store(table, self._stamp)
            if row >= 0:
                _ROWS[len(held) // 3].pack_into(table.bytes, row * 8 + 8, *held)
                self._words[row] = len(held) // 3
        except BaseException:
            table.put_back()
            self._distrust()
            raise
        table.done()

    def _distrust(self) -> None:
        """What the places of this call say was never written."""
        for place in self._used:
            place.stamp = -1

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

    # --- which cells there are -----------------------------------------------------------------------------------

    def _fetch(self, claim: Claim, now: int) -> Place:
        """The place that a claim counts in, up to date; made if there is none."""
        known = self._places.get(claim.cell)
        digest = known.digest if known else _digest(claim.cell)
        index, free = self._index(known, digest)
        if index < 0 and self._words[USED] >= self._table.cells:
            self._make_room(now)
            index, free = self._table.find(digest)
        if index < 0:
            place = self._make(claim, digest, free, now)
        else:
            record = self._table.read(index)
            if record[1] != NUMBERS[claim.law.algorithm] or record[3] < claim.start:
                place = self._make(claim, digest, index, now)
            else:
                place = known if known and known.born == record[2] else Place(claim, digest, index, record[2])
                place.load(self._table, record)
                self._obey(place, claim, now)
        self._remember(claim, place)
        return place

    def _make(self, claim: Claim, digest: bytes, index: int, now: int) -> Place:
        self._words[SERIAL] += 1
        place = Place(claim, digest, index, self._words[SERIAL])
        self._stamp += 1
        place.begin(self._table, claim, now, self._stamp)
        return place

    def _obey(self, place: Place, claim: Claim, now: int) -> None:
        if place.cell.law != claim.law:
            place.obey(claim.law, now)
            self._commit([place])

    def _remember(self, claim: Claim, place: Place) -> None:
        if len(self._places) > 2 * self._table.cells:
            self._places.clear()  # names of cells that were forgotten long ago
        self._places[claim.cell] = claim.place = place

    def _index(self, known: Place | None, digest: bytes) -> tuple[int, int]:
        if known and self._words[known.word + ALGORITHM] > 0 and self._table.image(known.index)[:16] == digest:
            return known.index, -1
        return self._table.find(digest)

    def _seen(self, claim: Claim, now: int) -> Cell:
        """The cell of a claim, up to date; one that is not kept if there is none."""
        known = self._places.get(claim.cell)
        digest = known.digest if known else _digest(claim.cell)
        index, _ = self._index(known, digest)
        record = self._table.read(index) if index >= 0 else None
        if record is None or record[1] != NUMBERS[claim.law.algorithm] or record[3] < claim.start:
            return new_cell(claim, now)
        place = Place(claim, digest, index, record[2])
        place.load(self._table, record)
        place.cell.room(now)
        return place.cell

    def _still(self, place: Place, now: int) -> Place | None:
        """Where something held at a place is settled; another place if it was forgotten, None if its window is over."""
        if self._words[place.stamp_word] == place.stamp:
            return place
        index, _ = self._index(place, place.digest)
        if index < 0:
            return self._fetch(place.claim, now)
        record = self._table.read(index)
        if record[2] == place.born:
            place.load(self._table, record)
            return place
        if record[1] != NUMBERS[place.claim.law.algorithm] or record[3] != place.cell.start:
            return None
        return self._fetch(place.claim, now)

    def _make_room(self, now: int) -> None:
        """Forget what is whole, else the rates that were idle longest; a balance is never forgotten."""
        ended = self._time.ended(now)
        idle: list[tuple[int, int]] = []
        freed = 0
        for place in self._some(LOOK_FOR_ROOM):
            if place.cell.is_whole(now, ended):
                self._table.remove(place.index)
                freed += 1
            elif isinstance(place.cell, Bucket | Sliding) and not place.cell.reserved:
                idle.append((place.cell.touched, place.index))
        if not freed and not idle:
            raise CountersLost(f"all {self._table.cells} counters are in use: raise store.counters.cells")
        if not freed:
            for _, index in sorted(idle)[: max(len(idle) // 64, 1)]:
                self._table.remove(index)

    def _some(self, count: int) -> list[Place]:
        """The cells in the next `count` records, without those of the call under way."""
        table, words = self._table, self._words
        busy = {place.index for place in self._used}
        begin = words[CURSOR]
        words[CURSOR] = (begin + count) % table.size
        found: list[Place] = []
        for index in {number % table.size for number in range(begin, begin + count)} - busy:
            if words[table.word(index) + ALGORITHM] > 0:
                found.append(Place.read(table, index))
        return found

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

    def _leave_when_done(self) -> None:
        if self._draining and not self._leases and not self._late:
            self._draining = False
            with suppress(CountersLost):  # the others will see that the seat is free
                self._table.acquire()
                leave_seat(self._table, self._seat)
                alone = not self._table.taken_seats()
                self._table.release()
                if alone:
                    self._table.remove_file()
            self._table.close()


def _digest(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
