"""The cells of a table as one process sees them: found by their names, made, changed as a whole, and forgotten."""

from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct as Packing

from trigate.store.cell import Bucket, Cell
from trigate.store.copying import claim_of
from trigate.store.counter import Claim, CountersLost
from trigate.store.place import NUMBERS, Place, new_cell
from trigate.store.sliding import Sliding
from trigate.store.steady import SteadyTime
from trigate.store.table import ALGORITHM, CURSOR, MOST_CLAIMS, SERIAL, USED, Table

LOOK_FOR_ROOM = 4096
"""Most cells that are looked at to find one that can be forgotten for a new one."""
_ROWS = [Packing(f"={3 * count}q") for count in range(MOST_CLAIMS + 1)]


class SharedCells:
    """All that is done to them happens with the table locked."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._words = table.words
        self._places: dict[str, Place] = {}
        self._used: Sequence[Place] = ()
        """What the call under way has found."""
        self._time = SteadyTime()
        self._stamp = 0

    def _begin_stamps(self) -> None:
        self._words[SERIAL] += 1
        self._stamp = (self._words[SERIAL] & 0x7FFFFF) << 40

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

    def _fetch(self, claim: Claim, now: int) -> Place:
        """The place that a claim counts in, up to date; made if there is none."""
        known = self._places.get(claim.cell)
        digest = known.digest if known else digest_name(claim.cell)
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

    def _settle_in(self, digest: bytes, cell: Cell, now: int) -> Place:
        """The place for what was counted elsewhere; its cell may have no name."""
        if self._words[USED] >= self._table.cells:
            self._make_room(now)
        index, free = self._table.find(digest)
        place = Place.read(self._table, index) if index >= 0 else None
        if place is None or place.cell.law.algorithm != cell.law.algorithm or place.cell.start < cell.start:
            place = self._make(claim_of(cell), digest, index if index >= 0 else free, now)
        place.claim.cell = place.cell.name = cell.name
        if cell.name:
            self._places[cell.name] = place
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
        digest = known.digest if known else digest_name(claim.cell)
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


def digest_name(name: str) -> bytes:
    """By which the table knows a cell."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
