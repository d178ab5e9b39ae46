"""The writing end of the spool: a record is safe from the death of this process as soon as `append` returns."""

import mmap
import os
import zlib
from pathlib import Path

from trigate.core.clock import clock
from trigate.core.errors import Overloaded
from trigate.store.segment import HEADER_BYTES, LARGEST_RECORD, RECORD, SEGMENT_BYTES, SUFFIX, Segment, seed
from trigate.store.settings import SpoolSettings

LEAST_WARM = 64 * 1024
MOST_WARM = 1024 * 1024
"""How far ahead of the records memory is made ready, so that an append meets no page fault."""

_pack = RECORD.pack
_checksum = zlib.crc32


class FileSpool:
    """Appends records to mapped segments that this process alone writes; they come round again once they are read.

    What `append` has taken survives `kill -9` of the process (the pages belong to the kernel), not the loss of power.
    """

    def __init__(self, directory: Path, settings: SpoolSettings) -> None:
        """Raises OSError if the directory cannot be made or its disk is full."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self.settings = settings
        """May be exchanged at any time."""
        self._serial = 0
        self._sealed: list[Segment] = []
        self._spare: Segment | None = None
        self.full = False
        """No further segment can be had: what is left of this one is for work already begun."""
        self.dropped = 0
        """Records lost since the start because the spool was full and the settings say `drop`."""
        self._use(self._create())

    def append(self, record: bytes) -> None:
        """Keep one record; raises Overloaded if there is no room and the settings say `refuse`."""
        length = len(record)
        end = self._at + 8 + length
        if end > SEGMENT_BYTES or not length:
            self._append_slowly(record)
            return
        self._write(_pack(length, _checksum(record, self._seed)) + record)
        self._at = end

    def tend(self) -> None:
        """Have the next segment ready before it is needed; call it a few times a second."""
        if self._at > SEGMENT_BYTES // 2 and self._spare is None:
            self._spare = self._next()
        self.full = self._spare is None and self._at > SEGMENT_BYTES // 2
        self._warm()
        self._remove_surplus()

    def close(self) -> None:
        """Seal what was written; the reader takes it from there."""
        self._segment.seal(self._at)
        for segment in (self._segment, *self._sealed):
            segment.close(remove=segment.delivered)
        if self._spare is not None:
            self._spare.close(remove=True)

    def _warm(self) -> None:
        # As far ahead as twice what was written since the last time, and no further: an idle gateway stays small.
        written = max(0, self._at - self._tended_at)
        self._tended_at = self._at
        wanted = min(SEGMENT_BYTES, _page(self._at + min(2 * written, MOST_WARM) + LEAST_WARM))
        if wanted > self._warm_to:
            self._segment.warm(self._warm_to, wanted)
            self._warm_to = wanted

    def _append_slowly(self, record: bytes) -> None:
        if not 0 < len(record) <= LARGEST_RECORD:
            raise ValueError(f"a record has 1 to {LARGEST_RECORD} bytes, not {len(record)}")
        following = self._spare or self._next()
        self._spare = None
        if following is not None:
            self._segment.seal(self._at)
            self._sealed.append(self._segment)
            self._use(following)
            self.append(record)
        elif self.settings.on_full == "drop":
            self.dropped += 1
        else:
            raise Overloaded("records cannot be kept at the moment; try again", retry_after=1.0)

    def _use(self, segment: Segment) -> None:
        segment.open()
        self._segment = segment
        self._seed = seed(segment.epoch)
        self._write = segment.map.write
        self._at = self._tended_at = HEADER_BYTES
        self._warm_to = 0
        self._warm()

    def _next(self) -> Segment | None:
        for segment in self._sealed:
            if segment.delivered:
                self._sealed.remove(segment)
                return segment
        try:
            return self._create()
        except OSError:
            return None

    def _create(self) -> Segment:
        if held_bytes(self._directory) + SEGMENT_BYTES > self.settings.limit:
            raise OSError("the spool's limit is reached")
        self._serial += 1
        return Segment(self._directory / f"{clock.wall_ns():020d}-{os.getpid()}-{self._serial}{SUFFIX}")

    def _remove_surplus(self) -> None:
        delivered = [segment for segment in self._sealed if segment.delivered]
        for segment in delivered[1:]:
            self._sealed.remove(segment)
            segment.close(remove=True)


def _page(position: int) -> int:
    return (position + mmap.PAGESIZE - 1) // mmap.PAGESIZE * mmap.PAGESIZE


def held_bytes(directory: Path) -> int:
    """What a spool directory takes up on disk."""
    size = 0
    for entry in os.scandir(directory):
        try:
            size += entry.stat().st_size
        except FileNotFoundError:
            continue  # read and removed at this moment
    return size
