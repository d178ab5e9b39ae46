"""Shared memory: the same bytes for all who open it, locks that end with their process, secrets by purpose."""

import os
from pathlib import Path

from trigate.core.shared import derive_alone, share_alone, share_in


def test_a_region_is_the_same_for_all_and_stays(tmp_path: Path):
    one, two = (share_in(tmp_path / "run")("things", 64) for _ in range(2))
    one.memory[3] = 7
    assert two.memory[3] == 7
    assert share_in(tmp_path / "run")("things", 64).memory[3] == 7
    assert share_in(tmp_path / "run")("things", 128).memory[3] == 0
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "run").iterdir()} == {0o600}
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_lock_keeps_other_processes_out_and_ends_with_its_holder(tmp_path: Path):
    region = share_in(tmp_path)("things", 64)
    told, tell = os.pipe()
    pid = os.fork()
    if not pid:
        own = share_in(tmp_path)("things", 64)
        own.lock(5)
        os.write(tell, b"locked")
        os.kill(os.getpid(), 9)
    assert os.read(told, 6) == b"locked"
    region.lock(5)  # it does not wait for ever: the holder is dead
    region.lock(6)
    region.unlock(5)
    region.unlock(6)
    os.waitpid(pid, 0)
    os.close(told)
    os.close(tell)


def test_a_region_and_a_secret_of_one_process_need_nothing():
    region = share_alone("things", 64)
    region.lock(1)
    region.unlock(1)
    assert len(region.memory) == 64
    assert derive_alone("a") == derive_alone("a") != derive_alone("b")
    assert len(derive_alone("a")) == 32
