"""Delivery: from the spool to the access log, whatever happens to the place it goes to."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from trigate.process import delivery
from trigate.process.delivery import Delivery
from trigate.store.settings import SpoolSettings
from trigate.store.spool import FileSpool
from trigate.store.spool_reader import SpoolReader
from trigate.telemetry.access_log import AccessLog


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def test_records_reach_the_file_while_running_and_at_the_end(tmp_path: Path):
    place = tmp_path / "access.log"
    spool = FileSpool(tmp_path / "spool", SpoolSettings())
    worker = Delivery(SpoolReader(tmp_path / "spool"), AccessLog(str(place)))
    worker.start()
    spool.append(b"one")
    until(lambda: place.read_bytes() == b"one\n")
    spool.append(b"two")
    worker.stop()
    assert place.read_bytes() == b"one\ntwo\n"
    spool.close()


def test_a_place_that_cannot_take_lines_is_tried_again_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "RETRY_SECONDS", 0.02)
    place = tmp_path / "access.log"
    log = AccessLog(str(place))
    write, broken = log.write, [True]

    def sometimes(records: list[bytes]) -> None:
        if broken:
            raise OSError(28, "No space left on device")
        write(records)

    monkeypatch.setattr(log.__class__, "write", lambda _, records: sometimes(records))
    spool = FileSpool(tmp_path / "spool", SpoolSettings())
    spool.append(b"one")
    worker = Delivery(SpoolReader(tmp_path / "spool"), log)
    worker.start()
    until(lambda: "No space" in worker.problem)
    broken.clear()
    until(lambda: worker.problem == "")
    worker.stop()
    spool.close()


def test_whoever_waits_until_it_has_caught_up_finds_all_that_was_there(tmp_path: Path):
    place = tmp_path / "access.log"
    spool = FileSpool(tmp_path / "spool", SpoolSettings())
    worker = Delivery(SpoolReader(tmp_path / "spool"), AccessLog(str(place)))
    spool.append(b"one")
    assert not worker.catch_up(0), "nothing is delivered yet"
    worker.start()
    for number in range(5):
        spool.append(b"more")
        assert worker.catch_up(5)
        assert place.read_bytes().count(b"more") == number + 1
    worker.stop()
    spool.close()


def test_the_place_can_be_exchanged(tmp_path: Path):
    spool = FileSpool(tmp_path / "spool", SpoolSettings())
    log = AccessLog("off")
    worker = Delivery(SpoolReader(tmp_path / "spool"), log)
    worker.start()
    worker.between(lambda: log.move(str(tmp_path / "b.log")))
    until((tmp_path / "b.log").exists)
    worker.between(lambda: log.move(str(tmp_path)))
    spool.append(b"one")
    until(lambda: (tmp_path / "b.log").read_bytes() == b"one\n")
    worker.stop()
    spool.close()
