"""The file of cells that the workers of a machine map into their memory: where everything is, and how it stays whole.

Every change happens under one lock, and first saves what it overwrites to the *journal*. A worker may be killed between
any two instructions: whoever takes the lock next is told by it, and puts back what the journal holds.

    header (lock, time, journal) | seats | rows of leases, per seat | records of cells | rings of sliding cells
"""

import ctypes
import fcntl
import mmap
import os
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from trigate.store.counter import CountersLost
from trigate.store.mutex import Mutex
from trigate.store.sliding import RING

VERSION = 2
SEATS = 64
"""Most processes that count at the same time."""
ROWS = 16_384
"""Most leases of one process."""
MOST_CLAIMS = 20
"""Of one exchange; what a row and the journal have room for."""
RECORD = struct.Struct("=16s14q")
"""Digest, algorithm, born, start, end, the law in three, index; touched, reserved, three words of state, stamp."""
TAIL = struct.Struct("=6q")
"""The words at the end of a record that change all the time."""
ALGORITHM, BORN, RESERVED, TOTAL, FIRST, LAST, STAMP = 2, 3, 11, 12, 13, 14, 15
"""Words of a record."""
_ROW = 512
_MUTEX = 64
_PAGE = 4096
NOW, AHEAD, SERIAL, USED, CURSOR = 16, 17, 18, 19, 20
"""Words of the header: steady time and how far it is ahead, the last birth, how many cells, and where to look next."""
_COUNT, _ROW_WORD, _ROW_BEFORE = 32, 33, 34
_IMAGES = 1024
_SEATS_WORD = _PAGE // 8
_ROWS_AT = 2 * _PAGE
EMPTY, GONE = 0, -1
"""Algorithms of records without a cell: never used since, and used once."""
SLIDING = 2


class Table:
    """One process's view of the file."""

    def __init__(self, path: Path, cells: int) -> None:
        """Raises OSError if the file can neither be opened nor made."""
        self.cells = cells
        self.size = 1 << (cells + cells // 3).bit_length()
        """Records; a third more than cells, so that looking for one stays short."""
        self.records = _ROWS_AT + SEATS * ROWS * _ROW
        self._rings = self.records + self.size * RECORD.size
        length = self._rings + self.size * RING * 8
        self._mark = VERSION << 32 | cells
        self.descriptor = _open(path, length, self._mark)
        self.bytes = mmap.mmap(self.descriptor, length)
        self._view = memoryview(self.bytes)
        self.words = self._view.cast("q")
        self._first = ctypes.c_char.from_buffer(self.bytes)
        self._path = path
        self.mutex = Mutex(ctypes.addressof(self._first) + _MUTEX)
        if not self.words[0]:
            self.mutex.create()
            self.words[0] = self._mark
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        self.release = self.mutex.release

    def acquire(self, patience: float | None = None) -> None:
        """Take the lock (Mutex.acquire), and put right what its last holder left half done; `release` must follow."""
        if self.mutex.acquire(patience):
            self.put_back()

    def remove_file(self) -> None:
        """Whoever comes next begins with a new one."""
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        if self._path.exists() and self._path.stat().st_ino == os.fstat(self.descriptor).st_ino:
            self._path.unlink()

    def close(self) -> None:
        """Let go of the file; the memory goes with the last cell that somebody remembers."""
        os.close(self.descriptor)

    # --- changes that are whole or not at all --------------------------------------------------------------------

    def save(self, images: Sequence[bytes], row: int = 0) -> None:
        """Remember records, each with its own index, and the length of a lease's row, before they are overwritten."""
        words = self.words
        joined = b"".join(images)
        self.bytes[_IMAGES : _IMAGES + len(joined)] = joined
        words[_ROW_WORD] = row
        words[_ROW_BEFORE] = words[row]
        words[_COUNT] = len(images) + 1

    def done(self) -> None:
        """Everything is written."""
        self.words[_COUNT] = 0

    def put_back(self) -> None:
        """Undo a change that was not finished."""
        words = self.words
        for number in range(words[_COUNT] - 1):
            image = RECORD.unpack_from(self.bytes, _IMAGES + number * RECORD.size)
            self.write(image[8], image)
            if image[1] == SLIDING:
                self._sum_up(image[8])
        if words[_COUNT] and words[_ROW_WORD]:
            words[words[_ROW_WORD]] = words[_ROW_BEFORE]
        self.done()
        words[USED] = sum(1 for index in range(self.size) if words[self.word(index) + ALGORITHM] > 0)

    def _sum_up(self, index: int) -> None:
        """The ring is not saved; what was entered by one who died may count or not, but the sum must say the same."""
        word, ring = self.word(index), self.ring(index)
        first, last = self.words[word + FIRST], self.words[word + LAST]
        self.words[word + TOTAL] = sum(ring[number % RING] for number in range(max(first, last - RING + 1), last + 1))

    # --- records -----------------------------------------------------------------------------------------------

    def word(self, index: int) -> int:
        """Where a record begins, in words."""
        return self.records // 8 + index * (RECORD.size // 8)

    def read(self, index: int) -> tuple[int, ...]:
        """A record; the first member is its digest."""
        return RECORD.unpack_from(self.bytes, self.records + index * RECORD.size)

    def used(self) -> list[int]:
        """The records with a cell."""
        begin = self.word(0) + ALGORITHM
        algorithms = self.words[begin : self.word(self.size) : RECORD.size // 8].tolist()
        return [index for index, algorithm in enumerate(algorithms) if algorithm > 0]

    def image(self, index: int) -> bytes:
        """The bytes of a record."""
        at = self.records + index * RECORD.size
        return self.bytes[at : at + RECORD.size]

    def write(self, index: int, record: Sequence[object]) -> None:
        """Overwrite a record."""
        RECORD.pack_into(self.bytes, self.records + index * RECORD.size, *record)

    def insert(self, index: int, record: Sequence[object]) -> None:
        """Fill a free record; it counts once its algorithm is written, last of all."""
        os.posix_fallocate(self.descriptor, self.records + index * RECORD.size, RECORD.size)
        word = self.word(index) + ALGORITHM
        self.words[USED] += self.words[word] <= 0
        self.words[word] = GONE
        self.write(index, [record[0], GONE, *record[2:]])
        self.words[word] = record[1]  # type: ignore[assignment]

    def remove(self, index: int) -> None:
        """Free a record; those behind it are still found past it."""
        following = self.words[self.word((index + 1) % self.size) + ALGORITHM]
        self.words[self.word(index) + ALGORITHM] = GONE if following else EMPTY
        self.words[USED] -= 1

    def ring(self, index: int) -> memoryview:
        """The ring of a sliding cell."""
        start = self._rings // 8 + index * RING
        return self.words[start : start + RING]

    def clear_ring(self, index: int) -> None:
        """Make a ring usable; raises OSError where there is no memory for it."""
        at = self._rings + index * RING * 8
        os.posix_fallocate(self.descriptor, at, RING * 8)
        self.bytes[at : at + RING * 8] = bytes(RING * 8)

    def find(self, digest: bytes) -> tuple[int, int]:
        """Index of the record with this digest or -1, and of the first free one on the way there."""
        index = int.from_bytes(digest[:8], "little") % self.size
        free = -1
        for _ in range(self.size):
            at = self.records + index * RECORD.size
            algorithm = self.words[at // 8 + ALGORITHM]
            if algorithm <= 0:
                free = index if free < 0 else free
                if algorithm == EMPTY:
                    return -1, free
            elif self.bytes[at : at + 16] == digest:
                return index, free
            index = (index + 1) % self.size
        return -1, free

    # --- leases ------------------------------------------------------------------------------------------------

    def row(self, seat: int, number: int) -> int:
        """Where a row begins, in words: how many cells, then index, birth and amount of each."""
        return (_ROWS_AT + (seat * ROWS + number) * _ROW) // 8

    def grow(self, seat: int) -> int:
        """The number of a row of this seat that was never used; raises CountersLost if there is none."""
        high = _SEATS_WORD + SEATS + seat
        number = self.words[high]
        if number >= ROWS:
            raise CountersLost(f"{ROWS} exchanges of one worker hold something of a limit")
        os.posix_fallocate(self.descriptor, self.row(seat, number) * 8, _ROW)
        self.words[high] = number + 1
        return number

    def sit(self, seat: int) -> None:
        """Mark a seat as taken."""
        self.words[_SEATS_WORD + seat] = 1
        self.words[_SEATS_WORD + SEATS + seat] = 0

    def stand_up(self, seat: int) -> None:
        """Mark a seat as free; its leases must be gone."""
        self.words[_SEATS_WORD + seat] = 0

    def taken_seats(self) -> list[int]:
        """Seats that are marked, whether or not somebody still sits there."""
        return [seat for seat in range(SEATS) if self.words[_SEATS_WORD + seat]]

    def leases(self, seat: int) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
        """Rows in use: where, and index, birth and amount of each cell."""
        for number in range(self.words[_SEATS_WORD + SEATS + seat]):
            row = self.row(seat, number)
            count = self.words[row]
            if count:
                held = self.words[row + 1 : row + 1 + 3 * count].tolist()
                yield row, list(zip(held[::3], held[1::3], held[2::3], strict=True))


def cells_of(path: Path) -> int:
    """How many cells a table has room for that is there already; 0 if there is none."""
    try:
        with path.open("rb") as file:
            mark = int.from_bytes(file.read(8), sys.byteorder)
    except FileNotFoundError:
        return 0
    return mark & 0xFFFFFFFF if mark >> 32 == VERSION else 0


def _open(path: Path, length: int, mark: int) -> int:
    """The file of this shape; one of another shape is put aside, and those who use it keep it."""
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
        try:
            if _is_ready(descriptor, path, length, mark):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_ready(descriptor: int, path: Path, length: int, mark: int) -> bool:
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # until it is made
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(f"{path} does not belong to this user alone")
    if not path.exists() or path.stat().st_ino != found.st_ino:
        return False
    if found.st_size == 0:
        os.ftruncate(descriptor, length)
        os.posix_fallocate(descriptor, 0, _ROWS_AT)
    elif found.st_size != length or os.pread(descriptor, 8, 0) not in (mark.to_bytes(8, "little"), bytes(8)):
        path.unlink()
        return False
    return True
