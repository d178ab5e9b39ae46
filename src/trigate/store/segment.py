"""The file format of the spool: a header, then records that prove themselves by their checksum."""

import fcntl
import mmap
import os
import struct
import sys
import zlib
from pathlib import Path

from trigate.core.clock import clock

SEGMENT_BYTES = 4 * 1024 * 1024
HEADER_BYTES = 64
SUFFIX = ".spool"
UNFINISHED = ".new"

_MAGIC = b"trispool"
_VERSION = 1
_IDENTITY = struct.Struct("<8sI")
_STATE = struct.Struct("<QQQQ")
_WORD = struct.Struct("<Q")
_STATE_AT, _EPOCH_AT, _END_AT, ACKNOWLEDGED_AT = 16, 16, 24, 32
READERS = 2
"""How many read a spool, each at its own pace: 0 writes the access log, 1 the ledger."""
RECORD = struct.Struct("<II")
"""Length of the payload, and its CRC-32 seeded with the epoch: what an earlier use left behind never passes."""
LARGEST_RECORD = SEGMENT_BYTES - HEADER_BYTES - RECORD.size


_POPULATE_WRITE = 23
"""MADV_POPULATE_WRITE of Linux 5.14, which the standard library does not name."""
_populate = {"supported"} if sys.platform == "linux" else set[str]()


class State:
    """A header's changing part: which use of the file this is, where the records end (0: open), and how far each reader
    has read."""

    __slots__ = ("acknowledged", "end", "epoch")

    def __init__(self, raw: bytes) -> None:
        self.epoch, self.end, *self.acknowledged = _STATE.unpack_from(raw, _STATE_AT)

    def read_by(self, reader: int | None) -> int:
        """How far a reader, None for the slowest of them, has read."""
        return min(self.acknowledged) if reader is None else self.acknowledged[reader]


def read_state(descriptor: int) -> State | None:
    """The header as it is now, None if the file is no segment of this version."""
    raw = os.pread(descriptor, HEADER_BYTES, 0)
    while (again := os.pread(descriptor, HEADER_BYTES, 0)) != raw:  # its writer is at it
        raw = again
    if len(raw) < HEADER_BYTES or _IDENTITY.unpack_from(raw) != (_MAGIC, _VERSION):
        return None
    return State(raw)


def write_acknowledged(descriptor: int, position: int, reader: int | None = None) -> None:
    """Say that a reader, None for all of them, has delivered everything before `position`; survives its death."""
    readers = range(READERS) if reader is None else (reader,)
    for each in readers:
        os.pwrite(descriptor, _WORD.pack(position), ACKNOWLEDGED_AT + each * _WORD.size)


def seed(epoch: int) -> int:
    """What the checksums of one use of a segment start from."""
    return epoch & 0xFFFFFFFF


def abandoned(descriptor: int) -> bool:
    """Whether the process that wrote this file is gone: its lock went with it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True


def records(chunk: bytes, checksum_seed: int) -> tuple[list[bytes], int]:
    """The whole records at the start of `chunk`, and how many bytes they take; a torn one and what follows is left."""
    found: list[bytes] = []
    at, size, unpack, checksum = 0, len(chunk), RECORD.unpack_from, zlib.crc32
    while at + 8 <= size:
        length, expected = unpack(chunk, at)
        end = at + 8 + length
        payload = chunk[at + 8 : end]
        if not length or end > size or checksum(payload, checksum_seed) != expected:
            break
        found.append(payload)
        at = end
    return found, at


class Segment:
    """One file of the spool as its writer holds it: blocks reserved on disk, mapped, locked until the writer ends."""

    __slots__ = ("_descriptor", "epoch", "map", "path")

    def __init__(self, path: Path) -> None:
        """Make the file; raises OSError, so that a full disk shows here and never as a fault on a later write."""
        unfinished = path.with_suffix(UNFINISHED)
        self._descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _reserve(self._descriptor)
            self.map = mmap.mmap(self._descriptor, SEGMENT_BYTES)
            _IDENTITY.pack_into(self.map, 0, _MAGIC, _VERSION)
            os.rename(unfinished, path)
        except OSError:
            os.close(self._descriptor)
            unfinished.unlink(missing_ok=True)
            raise
        self.path = path
        self.epoch = 0

    def open(self) -> None:
        """Begin a use of the file, its first or another."""
        _STATE.pack_into(self.map, _STATE_AT, 0, 0, *[HEADER_BYTES] * READERS)
        self.epoch = max(clock.wall_ns(), self.epoch + 1)
        _WORD.pack_into(self.map, _EPOCH_AT, self.epoch)  # last: from here on readers take it
        self.map.seek(HEADER_BYTES)

    def warm(self, start: int, end: int) -> None:
        """Have these pages ready for writing; page-aligned. One system call costs half of what the faults would."""
        if _populate:
            try:
                self.map.madvise(_POPULATE_WRITE, start, end - start)
            except OSError:
                _populate.clear()

    def seal(self, end: int) -> None:
        """Say where the records end: nothing is added in this use."""
        _WORD.pack_into(self.map, _END_AT, end)

    @property
    def delivered(self) -> bool:
        """Whether everything in this sealed segment has been read and acknowledged by every reader."""
        state = State(self.map[:HEADER_BYTES])
        return bool(state.end) and min(state.acknowledged) >= state.end

    def close(self, *, remove: bool) -> None:
        """Let go of the file; without `remove` a reader finds it abandoned and removes it once it is read."""
        if remove:
            self.path.unlink(missing_ok=True)
        self.map.close()
        os.close(self._descriptor)


def _reserve(descriptor: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, SEGMENT_BYTES)
        return
    for _ in range(SEGMENT_BYTES // 65536):  # macOS
        os.write(descriptor, bytes(65536))
