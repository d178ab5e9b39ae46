"""Where a process finds a cell of the shared table, and how the cell stands there."""

from collections.abc import Sequence
from typing import Any

from trigate.store.cell import Cell, State
from trigate.store.cells import CELLS
from trigate.store.counter import Claim, Law
from trigate.store.sliding import Sliding
from trigate.store.table import RECORD, SLIDING, STAMP, TAIL, Table

NUMBERS = {"bucket": 1, "sliding": SLIDING, "window": 3, "concurrency": 4}
"""Of the algorithms, in records."""
_NAMES: dict[int, Any] = {number: name for name, number in NUMBERS.items()}


class _SharedSliding(Sliding):
    """Writes into the ring, which is shared, only when the exchange is granted."""

    __slots__ = ("before", "pending")

    def __init__(self, claim: Claim, now: int) -> None:
        self.pending = self.before = 0
        super().__init__(claim, now)

    def enter(self, amount: int) -> None:
        """Keep it for `flush`."""
        if not self.pending:
            self.before = self.last
        self.pending += amount
        self.last = self.touched // self.width

    def flush(self) -> None:
        """Write what was kept."""
        if self.pending:
            self.last = self.before
            super().enter(self.pending)
            self.pending = 0

    def thaw(self, state: State) -> None:
        """Go on from what was frozen; nothing is kept for later."""
        super().thaw(state)
        self.pending = 0


_pack = TAIL.pack
_CELLS = CELLS | {"sliding": _SharedSliding}


def new_cell(claim: Claim, now: int) -> Cell:
    """A cell in which nothing was counted yet."""
    return _CELLS[claim.law.algorithm](claim, now)


class Place:
    """A record, and a copy of the cell in it that is up to date while the stamps are equal."""

    __slots__ = ("born", "cell", "claim", "digest", "head", "image", "index", "span", "stamp", "stamp_word", "word")

    start = -1
    """So that a memory for which a claim remembers this place looks for its own cell: no claim starts there."""
    cell: Cell
    image: bytes
    """The record as it was last read or written."""
    span: slice
    """Of the table's bytes."""
    head: bytes
    """Its part that stays the same as long as the law does."""

    def __init__(self, claim: Claim, digest: bytes, index: int, born: int) -> None:
        self.claim = claim
        self.digest = digest
        self.index = index
        self.born = born
        self.stamp = -1
        self.word = self.stamp_word = 0

    @staticmethod
    def read(table: Table, index: int) -> "Place":
        """The place of any record in use, whatever it is called."""
        record = table.read(index)
        place = Place(_claim("", record), bytes(record[0]), index, record[2])
        place.load(table, record)
        return place

    def begin(self, table: Table, claim: Claim, now: int, stamp: int) -> None:
        """Make the record that of a cell in which nothing was counted yet."""
        self.cell = new_cell(claim, now)
        self._lie(table)
        if isinstance(self.cell, Sliding):
            table.clear_ring(self.index)
            self.cell.ring = table.ring(self.index)
        self.stamp = stamp
        record = self._record()
        self.image = RECORD.pack(*record)
        self.head = self.image[: -TAIL.size]
        table.insert(self.index, record)

    def load(self, table: Table, record: Sequence[Any]) -> None:
        """Take over what the record says."""
        claim = _claim(self.claim.cell, record)
        cell = self.cell = new_cell(claim, record[9])
        self._lie(table)
        if isinstance(cell, Sliding):
            cell.ring = table.ring(self.index)
        cell.reserved = record[10]
        cell.thaw((record[11], record[12], record[13]))
        self.stamp = record[14]
        self.image = table.image(self.index)
        self.head = self.image[: -TAIL.size]

    def obey(self, law: Law, now: int) -> None:
        """Count by another law; to be stored at once."""
        self.cell.room(now)
        self.cell.obey(law)
        self.head = RECORD.pack(*self._record())[: -TAIL.size]

    def store(self, table: Table, stamp: int) -> None:
        """Write the cell into its record."""
        cell = self.cell
        if type(cell) is _SharedSliding:
            cell.flush()
        self.stamp = stamp
        first, second, third = cell.freeze()  # by name: to spread them over a call costs as much as the call
        self.image = image = self.head + _pack(cell.touched, cell.reserved, first, second, third, stamp)
        table.bytes[self.span] = image

    def _lie(self, table: Table) -> None:
        self.word = table.word(self.index)
        self.stamp_word = self.word + STAMP
        at = self.word * 8
        self.span = slice(at, at + RECORD.size)

    def _record(self) -> tuple[Any, ...]:
        cell, law = self.cell, self.cell.law
        return (
            self.digest, NUMBERS[law.algorithm], self.born, cell.start, cell.end, law.capacity, law.length, law.burst,
            self.index, cell.touched, cell.reserved, *cell.freeze(), self.stamp,
        )  # fmt: skip


def _claim(name: str, record: Sequence[Any]) -> Claim:
    law = Law(_NAMES[record[1]], record[5], record[6], record[7])
    return Claim(name, law, start=record[3], end=record[4])
