"""The watcher kills what is left, and only that."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from trigate.mcp.guardian import Guardian


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"], start_new_session=True)


def ended(process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    return process.poll() is not None


def test_groups_left_are_killed_and_released_ones_are_not():
    guardian, left, released = Guardian(), sleeper(), sleeper()
    try:
        guardian.watch(left.pid)
        guardian.watch(released.pid)
        guardian.release(released.pid)
        guardian.close()
        assert ended(left)
        assert released.poll() is None
    finally:
        left.kill()
        released.kill()
        left.wait()
        released.wait()


def test_what_a_group_leaves_behind_is_removed_when_the_gateway_dies_and_when_it_is_tidied(tmp_path: Path):
    guardian, left, released = Guardian(), sleeper(), sleeper()
    files = {name: tmp_path / f"{name} with 'spaces' \\ $HOME" for name in ("left", "released", "kept")}
    for file in files.values():
        file.touch()
    try:
        guardian.watch(left.pid, [("true",), ("rm", str(files["left"]))])
        guardian.watch(released.pid, [("rm", str(files["released"]))])
        released.kill()
        guardian.release(released.pid, tidy=True)
        assert gone(files["released"])
        assert files["left"].exists()
        guardian.close()
        assert gone(files["left"])
        assert files["kept"].exists()
    finally:
        left.kill()
        released.kill()
        left.wait()
        released.wait()


def test_a_command_with_a_line_break_is_refused():
    guardian = Guardian()
    with pytest.raises(ValueError, match="line break"):
        guardian.watch(2**22 + 1, [("rm", "a\nb")])
    guardian.release(2**22 + 1)
    guardian.close()


def gone(path: Path) -> bool:
    end = time.monotonic() + PATIENCE
    while path.exists() and time.monotonic() < end:
        time.sleep(0.01)
    return not path.exists()


def test_a_watcher_that_was_killed_is_replaced():
    guardian, first = Guardian(), sleeper()
    try:
        guardian.watch(first.pid)
        process = guardian._process
        assert process is not None
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()
        guardian.watch(first.pid)
        guardian.close()
        assert ended(first)
    finally:
        first.kill()
        first.wait()


def test_a_watcher_nobody_needed_was_never_started():
    guardian = Guardian()
    guardian.release(1)
    guardian.close()
    assert guardian._process is None
