"""The reading end of the spool: every record once, or after a crash of the reader the last batch again."""

import os
from pathlib import Path

from trigate.core.clock import clock
from trigate.store.segment import (
    HEADER_BYTES,
    RECORD,
    SEGMENT_BYTES,
    SUFFIX,
    UNFINISHED,
    State,
    abandoned,
    read_state,
    records,
    seed,
    write_acknowledged,
)

CHUNK_BYTES = 256 * 1024
UNFINISHED_SECONDS = 60
"""Age at which a segment that was never finished counts as left behind."""
DAMAGED = ".damaged"
"""What is left of a segment that cannot be read to its end; kept for the operator."""


class Parsed(dict[str, tuple[int, int, list[bytes], int]]):
    """What one reader of a directory has parsed last, for the other one to take over: mostly both go in step.

    Of each segment its epoch, the position, the records there and the bytes they take.
    """

    __slots__ = ()


class _Tail:
    """How far one segment has been read; `position` is ahead of what is acknowledged while a batch is under way."""

    __slots__ = ("_parsed", "_reader", "damaged", "descriptor", "epoch", "finished", "path", "position")

    def __init__(self, path: Path, reader: int | None, parsed: Parsed | None) -> None:
        self.path = path
        self._reader = reader
        self._parsed = parsed
        self.descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.epoch = 0
        self.position = HEADER_BYTES
        self.finished = False
        """Its writer is gone and nothing more can come."""
        self.damaged = False
        """Finished before its end was reached: a page was lost, as on loss of power."""

    def look(self) -> State | None:
        """The header, with this tail put to where reading goes on; None for a file of another kind or version."""
        state = read_state(self.descriptor)
        if state is not None and state.epoch != self.epoch:
            self.epoch, self.position = state.epoch, max(state.read_by(self._reader), HEADER_BYTES)
        return state

    def read(self, limit: int) -> list[bytes]:
        """Up to about `limit` bytes of records from where the last reading ended."""
        gone = abandoned(self.descriptor)  # before reading: what is read afterwards is all there is
        state = self.look()
        found, size = self._take_over(limit) if self.epoch else ([], 0)
        self.position += size
        self.finished = gone and not found and state is not None
        self.damaged = self.finished and state is not None and self.position < state.end
        return found

    def _take_over(self, limit: int) -> tuple[list[bytes], int]:
        """What the other reader has parsed at this very place, else what is parsed now and left for that one."""
        if self._parsed is None:
            return self._parse(limit)
        epoch, position, found, size = self._parsed.pop(self.path.name, (0, 0, [], 0))
        if (epoch, position) != (self.epoch, self.position):
            found, size = self._parse(limit)
            if found:
                self._parsed[self.path.name] = self.epoch, self.position, found, size
        return found, size

    def _parse(self, limit: int) -> tuple[list[bytes], int]:
        chunk = os.pread(self.descriptor, limit, self.position)
        found, size = records(chunk, seed(self.epoch))
        if found or len(chunk) < limit:
            return found, size
        length = RECORD.unpack_from(chunk)[0] if len(chunk) >= RECORD.size else 0
        if RECORD.size + length <= limit or self.position + length > SEGMENT_BYTES:
            return [], 0
        return records(os.pread(self.descriptor, RECORD.size + length, self.position), seed(self.epoch))

    def acknowledge(self) -> None:
        """Let the writer have its space back."""
        state = read_state(self.descriptor)
        if state is not None and state.epoch == self.epoch and state.read_by(self._reader) < self.position:
            write_acknowledged(self.descriptor, self.position, self._reader)

    def backlog(self) -> int:
        """Bytes of unread records if the segment is sealed."""
        state = read_state(self.descriptor)
        return max(0, state.end - state.read_by(self._reader)) if state is not None else 0

    def wanted(self) -> bool:
        """Whether another reader still has records to read here."""
        state = read_state(self.descriptor)
        return state is not None and min(state.acknowledged) < self.position

    def close(self) -> None:
        os.close(self.descriptor)


class SpoolReader:
    """Reads what all writers of a directory append, in the order of each writer; one of several, each at its own pace.

    Call `read`, deliver, then `acknowledge`. A reader that dies between the two delivers that one batch again when it
    comes back: consumers that must not count twice go by the record's own id.
    """

    def __init__(self, directory: Path, reader: int | None = None, parsed: Parsed | None = None) -> None:
        """`reader` is its place among those of the directory (segment.READERS); None if it is the only one. `parsed` is
        shared by the readers of one process."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._reader = reader
        self._parsed = parsed
        self._tails: dict[str, _Tail] = {}
        self._remove_unfinished()

    def read(self, limit: int = CHUNK_BYTES) -> list[bytes]:
        """The next records, about `limit` bytes of them from each segment; empty when all have been read."""
        self._discover()
        found: list[bytes] = []
        for tail in sorted(self._tails.values(), key=_age):
            found += tail.read(limit)
        return found

    def acknowledge(self) -> None:
        """Everything `read` has given so far was delivered; segments nobody writes or reads any more are removed."""
        for name, tail in list(self._tails.items()):
            tail.acknowledge()
            if tail.finished and not tail.wanted():
                _put_away(tail)
            if not tail.path.exists():
                if self._parsed is not None:
                    self._parsed.pop(name, None)
                tail.close()
                del self._tails[name]

    def backlog(self) -> int:
        """Bytes of sealed segments that wait to be delivered."""
        return sum(tail.backlog() for tail in self._tails.values())

    def close(self) -> None:
        """Forget what was not acknowledged."""
        for tail in self._tails.values():
            tail.close()
        self._tails.clear()

    def _discover(self) -> None:
        for entry in os.scandir(self._directory):
            if entry.name.endswith(SUFFIX) and entry.name not in self._tails:
                try:
                    self._tails[entry.name] = _Tail(Path(entry.path), self._reader, self._parsed)
                except FileNotFoundError:
                    continue

    def _remove_unfinished(self) -> None:
        for path in self._directory.glob(f"*{UNFINISHED}"):
            try:
                _remove_if_left(path)
            except FileNotFoundError:
                continue  # its writer has finished it at this moment


def _put_away(tail: _Tail) -> None:
    try:
        if tail.damaged:
            tail.path.rename(tail.path.with_suffix(DAMAGED))
        else:
            tail.path.unlink()
    except FileNotFoundError:
        pass  # another reader has finished at the same time


def _remove_if_left(path: Path) -> None:
    # Between making and locking a file its writer looks dead; nobody takes a minute for that.
    if clock.wall_ns() - path.stat().st_mtime_ns < UNFINISHED_SECONDS * 1_000_000_000:
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        if abandoned(descriptor):
            path.unlink()
    finally:
        os.close(descriptor)


def _age(tail: _Tail) -> tuple[int, str]:
    return tail.epoch, tail.path.name
