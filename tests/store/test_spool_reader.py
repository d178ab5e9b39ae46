"""The reading end: where it goes on after a crash, what it removes, and what it leaves alone."""

import os
import threading
from pathlib import Path

from tests.patience import PATIENCE
from trigate.store.segment import HEADER_BYTES
from trigate.store.settings import SpoolSettings
from trigate.store.spool import FileSpool
from trigate.store.spool_reader import Parsed, SpoolReader


def test_a_reader_that_dies_before_it_acknowledges_reads_that_batch_again_and_no_other(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    spool.append(b"one")
    reader = SpoolReader(tmp_path)
    assert reader.read() == [b"one"]
    reader.acknowledge()
    spool.append(b"two")
    assert reader.read() == [b"two"]
    reader.close()
    successor = SpoolReader(tmp_path)
    assert successor.read() == [b"two"]
    successor.acknowledge()
    assert successor.read() == []
    successor.close()
    spool.close()


def test_several_writers_are_read_together(tmp_path: Path):
    spools = [FileSpool(tmp_path, SpoolSettings()) for _ in range(3)]
    for number, spool in enumerate(spools):
        spool.append(b"of %d" % number)
    reader = SpoolReader(tmp_path)
    assert sorted(reader.read()) == [b"of 0", b"of 1", b"of 2"]
    reader.close()
    for spool in spools:
        spool.close()


def test_an_open_segment_is_kept_while_its_writer_lives(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    spool.append(b"one")
    reader = SpoolReader(tmp_path)
    for _ in range(3):
        reader.read()
        reader.acknowledge()
    assert len(list(tmp_path.iterdir())) == 1
    spool.append(b"two")
    assert reader.read() == [b"two"]
    reader.close()
    spool.close()


def test_a_large_record_is_read_by_a_small_reader(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    written = [b"a" * 10, b"b" * 5000, b"c" * 10]
    for record in written:
        spool.append(record)
    reader = SpoolReader(tmp_path)
    found: list[bytes] = []
    while batch := reader.read(limit=64):
        found += batch
    assert found == written
    reader.close()
    spool.close()


def test_the_backlog_is_what_waits_in_sealed_segments(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    reader = SpoolReader(tmp_path)
    for _ in range(6):
        spool.append(bytes(1024 * 1024))
    reader.read(limit=1024)
    assert 3 * 1024 * 1024 < reader.backlog() < 5 * 1024 * 1024
    while reader.read():
        reader.acknowledge()
    assert reader.backlog() == 0
    reader.close()
    spool.close()


def test_files_of_others_are_left_alone(tmp_path: Path):
    foreign = tmp_path / "notes.spool"
    foreign.write_bytes(b"not a segment at all" * 10)
    future = tmp_path / "future.spool"
    future.write_bytes(b"trispool\x09\0\0\0" + bytes(4096))
    reader = SpoolReader(tmp_path)
    assert reader.read() == []
    reader.acknowledge()
    reader.close()
    assert foreign.exists()
    assert future.exists()


def test_what_a_killed_writer_had_not_finished_making_is_removed(tmp_path: Path):
    left, fresh = tmp_path / "left.new", tmp_path / "fresh.new"
    left.touch()
    fresh.touch()
    os.utime(left, (1, 1))
    SpoolReader(tmp_path).close()
    assert list(tmp_path.iterdir()) == [fresh]


def test_readers_come_and_go_while_segments_are_made(tmp_path: Path):
    stop = threading.Event()

    def make() -> None:
        while not stop.is_set():
            FileSpool(tmp_path, SpoolSettings()).close()

    thread = threading.Thread(target=make)
    thread.start()
    for _ in range(300):
        reader = SpoolReader(tmp_path)
        reader.read()
        reader.acknowledge()
        reader.close()
    stop.set()
    thread.join(PATIENCE)


def test_a_segment_with_a_lost_page_is_read_up_to_it_and_kept_for_the_operator(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    spool.append(b"first")
    spool.append(b"second")
    spool.append(b"third")
    spool.close()
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[HEADER_BYTES + 13 + 8] ^= 0xFF
    path.write_bytes(content)
    reader = SpoolReader(tmp_path)
    assert reader.read() == [b"first"]
    reader.acknowledge()
    assert reader.read() == []
    reader.acknowledge()
    reader.close()
    assert [each.suffix for each in tmp_path.iterdir()] == [".damaged"]


def test_two_readers_go_each_at_its_own_pace(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    log, ledger = SpoolReader(tmp_path, 0), SpoolReader(tmp_path, 1)
    spool.append(b"one")
    assert log.read() == [b"one"]
    log.acknowledge()
    spool.append(b"two")
    assert (log.read(), ledger.read()) == ([b"two"], [b"one", b"two"])
    ledger.close()
    assert SpoolReader(tmp_path, 1).read() == [b"one", b"two"]
    log.acknowledge()
    assert SpoolReader(tmp_path, 0).read() == []
    spool.close()


def test_a_file_nobody_writes_stays_until_the_slower_reader_is_done(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    log, ledger = SpoolReader(tmp_path, 0), SpoolReader(tmp_path, 1)
    spool.append(b"one")
    spool.close()
    for _ in range(3):
        log.read()
        log.acknowledge()
    assert len(list(tmp_path.iterdir())) == 1
    assert ledger.read() == [b"one"]
    ledger.acknowledge()
    assert ledger.read() == []
    ledger.acknowledge()
    assert list(tmp_path.iterdir()) == []
    log.read()
    log.acknowledge()
    assert log.backlog() == ledger.backlog() == 0


def test_a_segment_comes_round_again_only_when_both_have_read_it(tmp_path: Path):
    spool = FileSpool(tmp_path, SpoolSettings())
    log, ledger = SpoolReader(tmp_path, 0), SpoolReader(tmp_path, 1)
    record = b"x" * 500_000
    for reader, files in ((log, 4), (ledger, 4)):
        for _ in range(9):
            spool.append(record)
            spool.tend()
            reader.read(1 << 24)
            reader.acknowledge()
        assert len(list(tmp_path.iterdir())) <= files
    assert len(ledger.read(1 << 24)) == 0
    assert len(log.read(1 << 24)) == 9
    spool.close()


def test_readers_that_share_what_they_parse_read_the_same_at_any_pace(tmp_path: Path):
    spool, parsed = FileSpool(tmp_path, SpoolSettings()), Parsed()
    swift, slow = SpoolReader(tmp_path, 0, parsed), SpoolReader(tmp_path, 1, parsed)
    seen: tuple[list[bytes], list[bytes]] = ([], [])
    for number in range(40):
        spool.append(b"%d" % number)
        for at, reader in enumerate((swift, slow)):
            if reader is swift or number % 3 == 0:
                seen[at].extend(reader.read())
                reader.acknowledge()
    while more := slow.read():
        seen[1].extend(more)
        slow.acknowledge()
    assert seen[0] == seen[1] == [b"%d" % number for number in range(40)]
    assert not parsed
    for each in (swift, slow, spool):
        each.close()


def test_what_one_reader_has_parsed_is_not_parsed_by_the_other(tmp_path: Path):
    spool, parsed = FileSpool(tmp_path, SpoolSettings()), Parsed()
    swift, slow = SpoolReader(tmp_path, 0, parsed), SpoolReader(tmp_path, 1, parsed)
    spool.append(b"one")
    assert slow.read()[0] is swift.read()[0]
    for each in (swift, slow, spool):
        each.close()
