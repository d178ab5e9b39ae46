"""The access log: lines pass through unchanged, and a place that cannot take them loses none."""

import os
from pathlib import Path

import pytest

from trigate.core.surroundings import PRIVATE
from trigate.telemetry.access_log import AccessLog


def test_records_become_lines_byte_for_byte(tmp_path: Path):
    place = tmp_path / "access.log"
    log = AccessLog(str(place))
    log.write([b'{"a":1}', '{"b":"é"}'.encode()])
    log.write([])
    log.write([b'{"c":3}'])
    log.close()
    assert place.read_bytes() == '{"a":1}\n{"b":"é"}\n{"c":3}\n'.encode()
    assert place.stat().st_mode & 0o007 == 0


def test_what_is_for_the_store_alone_is_no_line(tmp_path: Path):
    place = tmp_path / "access.log"
    log = AccessLog(str(place))
    log.write([PRIVATE + b'"comment":"canary"}'])
    log.write([b"1", PRIVATE + b'"comment":"canary"}', b"2"])
    log.close()
    assert place.read_bytes() == b"1\n2\n"


def test_a_moved_file_is_let_go_when_reopened(tmp_path: Path):
    place = tmp_path / "access.log"
    log = AccessLog(str(place))
    log.write([b"1"])
    place.rename(tmp_path / "access.log.1")
    log.write([b"2"])
    log.reopen(str(place))
    log.write([b"3"])
    log.close()
    assert (tmp_path / "access.log.1").read_bytes() == b"1\n2\n"
    assert place.read_bytes() == b"3\n"


def test_a_place_that_cannot_be_opened_leaves_the_old_one(tmp_path: Path):
    place = tmp_path / "access.log"
    log = AccessLog(str(place))
    with pytest.raises(OSError, match="directory"):
        log.reopen(str(tmp_path))
    log.write([b"1"])
    log.close()
    assert place.read_bytes() == b"1\n"


def test_off_takes_everything_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    log = AccessLog("off")
    log.write([b"1"])
    log.close()
    assert list(tmp_path.iterdir()) == []


def test_standard_output_is_written_and_stays_open(capfd: pytest.CaptureFixture[str]):
    log = AccessLog("-")
    log.write([b"1"])
    log.close()
    os.write(1, b"still open")
    assert capfd.readouterr().out == "1\nstill open"


def test_a_write_that_fails_half_way_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = tmp_path / "access.log"
    log = AccessLog(str(place))
    write, calls = os.write, 0

    def full(descriptor: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[:3])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        log.write([b"12345", b"67890"])
    assert log.pending
    log.write(())
    assert not log.pending
    monkeypatch.undo()
    log.close()
    assert place.read_bytes() == b"12345\n67890\n"
