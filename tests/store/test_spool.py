"""The writing end: what was appended outlives the process, and a full spool is refused or counted, never ignored."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from trigate.core.errors import Overloaded
from trigate.core.settings import Size
from trigate.store.segment import LARGEST_RECORD, SEGMENT_BYTES
from trigate.store.settings import SMALLEST_SPOOL, SpoolSettings
from trigate.store.spool import FileSpool, held_bytes
from trigate.store.spool_reader import SpoolReader

LARGE = bytes(b"x" * (1024 * 1024 - 8))


def read_all(directory: Path) -> list[bytes]:
    reader = SpoolReader(directory)
    found: list[bytes] = []
    while batch := reader.read():
        found += batch
        reader.acknowledge()
    reader.acknowledge()
    reader.close()
    return found


def small(on_full: str = "refuse") -> SpoolSettings:
    return SpoolSettings(limit=Size(SMALLEST_SPOOL), on_full=on_full)  # pyright: ignore[reportArgumentType]


def fill(spool: FileSpool) -> int:
    """Append until the spool says it has no room; how many records went in."""
    for count in range(1000):
        try:
            spool.append(LARGE)
        except Overloaded:
            return count
    raise AssertionError("the spool never filled up")


def test_what_was_appended_is_read_in_order(tmp_path: Path):
    spool = FileSpool(tmp_path / "spool", SpoolSettings())
    written = [b"record %d" % number for number in range(1000)]
    for record in written:
        spool.append(record)
    assert read_all(tmp_path / "spool") == written
    spool.close()
    assert read_all(tmp_path / "spool") == []
    assert list((tmp_path / "spool").iterdir()) == []


def test_the_directory_is_its_owners_alone(tmp_path: Path):
    FileSpool(tmp_path / "a" / "spool", SpoolSettings()).close()
    assert (tmp_path / "a" / "spool").stat().st_mode & 0o777 == 0o700


def test_a_segment_that_was_read_comes_round_again_with_nothing_of_its_past(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    seen: list[bytes] = []
    reader = SpoolReader(tmp_path)
    for number in range(40):
        spool.append(b"%04d" % number + LARGE[4:])
        spool.tend()
        seen += reader.read()
        reader.acknowledge()
    assert [each[:4] for each in seen] == [b"%04d" % number for number in range(40)]
    assert held_bytes(tmp_path) <= 4 * SEGMENT_BYTES
    reader.close()
    spool.close()


def test_a_full_spool_refuses_and_takes_records_again_once_they_are_read(tmp_path: Path):
    spool = FileSpool(tmp_path, small())
    written = fill(spool)
    spool.tend()
    assert spool.full
    assert held_bytes(tmp_path) <= SMALLEST_SPOOL
    assert len(read_all(tmp_path)) == written
    spool.tend()
    assert not spool.full
    spool.append(b"again")
    assert read_all(tmp_path) == [b"again"]
    spool.close()


def test_a_full_spool_drops_and_counts_if_told_so(tmp_path: Path):
    spool = FileSpool(tmp_path, small("drop"))
    for _ in range(40):
        spool.append(LARGE)
    assert spool.dropped > 0
    assert len(read_all(tmp_path)) == 40 - spool.dropped
    spool.close()


def test_a_full_disk_is_noticed_before_the_room_at_hand_is_used_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    spool = FileSpool(tmp_path, SpoolSettings())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    for _ in range(3):
        spool.append(LARGE)
    spool.tend()
    assert spool.full
    spool.append(b"what was under way is still recorded")
    monkeypatch.undo()
    spool.tend()
    assert not spool.full
    spool.close()


@pytest.mark.parametrize("size", [0, LARGEST_RECORD + 1])
def test_an_impossible_record_is_an_error_and_loses_nothing(tmp_path: Path, size: int):
    spool = FileSpool(tmp_path, SpoolSettings())
    spool.append(b"before")
    with pytest.raises(ValueError, match="a record has"):
        spool.append(bytes(size))
    spool.append(b"after")
    assert read_all(tmp_path) == [b"before", b"after"]
    spool.close()


def test_the_largest_record_fits(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    spool.append(b"small")
    spool.append(b"y" * LARGEST_RECORD)
    assert list(map(len, read_all(tmp_path))) == [5, LARGEST_RECORD]
    spool.close()


def test_a_kill_at_any_moment_loses_no_record_whose_append_had_returned(tmp_path: Path):
    acknowledged_end, child_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        append_forever(tmp_path, child_end)
    os.close(child_end)
    deadline = time.monotonic() + PATIENCE
    acknowledged = 0
    while acknowledged < 20_000 and time.monotonic() < deadline:
        acknowledged += len(os.read(acknowledged_end, 65536))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while more := os.read(acknowledged_end, 65536):
        acknowledged += len(more)
    os.close(acknowledged_end)
    found = read_all(tmp_path)
    assert found == [b"%d" % number * 20 for number in range(len(found))]
    assert acknowledged >= 20_000
    assert 0 <= len(found) - acknowledged <= 1
    assert list(tmp_path.iterdir()) == []


def append_forever(directory: Path, acknowledge: int) -> None:
    try:
        spool = FileSpool(directory, SpoolSettings())
        number = 0
        while True:
            spool.append(b"%d" % number * 20)
            os.write(acknowledge, b".")
            number += 1
    finally:
        os._exit(1)


@pytest.mark.proof
def test_an_append_costs_about_a_microsecond(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    record = os.urandom(400)
    runs: list[float] = []
    for _ in range(30):
        begun = time.process_time()
        for _ in range(500):
            spool.append(record)
        runs.append((time.process_time() - begun) / 500)
        spool.tend()
        read_all(tmp_path)
    spool.close()
    print(f"append: best {min(runs) * 1e9:.0f} ns, median {sorted(runs)[15] * 1e9:.0f} ns for {len(record)} bytes")
    assert min(runs) < 2e-6
