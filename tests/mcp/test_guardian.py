"""The watcher kills what is left, and only that."""

import subprocess
import time

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
