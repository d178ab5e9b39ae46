"""Processes that count together, and some that are killed in the middle of it."""

import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from trigate.store import mutex
from trigate.store.counter import Claim, Law, Taken
from trigate.store.shared_tally import SharedTally

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND


def run(count: int, work: Callable[[int], int]) -> list[int]:
    """What `work` counted in each of `count` processes forked for it; -1 for one that was killed."""
    reading, writing = os.pipe()
    pids = [spawn(number, work, writing) for number in range(count)]
    statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    os.close(writing)
    with os.fdopen(reading) as pipe:
        lines = [line.split() for line in pipe]
    counted = {int(number): int(count) for number, count in lines}
    assert all(status in (0, -signal.SIGKILL) for status in statuses), statuses
    return [counted.get(number, -1) for number in range(count)]


def spawn(number: int, work: Callable[[int], int], writing: int) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        mutex.PATIENCE = 30.0  # processes that do nothing else leave little room for each other on a busy machine
        try:
            os.write(writing, b"%d %d\n" % (number, work(number)))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return pid


def hammer(path: Path, seed: int, calls: int, *, fatal: bool = False) -> int:
    """Take and settle at random; how many were settled. A fatal one dies somewhere in the middle of a change."""
    draw = random.Random(seed)
    tally = SharedTally(path, 200)
    claims = [
        Claim("budget", Law("window", 1_000_000_000)),
        Claim("spans", Law("sliding", 10**9, 60 * SECOND), sure=True),
        Claim("bucket", Law("bucket", 10**9, 60 * SECOND)),
        Claim("now", Law("concurrency", 1000)),
    ]
    if fatal:
        arm(tally, draw.randint(1, 400))
    settled = 0
    for _ in range(calls):
        found = tally.take(claims, [7, 1, 5, 1], NOW)
        if isinstance(found, Taken):
            tally.settle(found.lease, [3, 1, 2, 1], NOW)
            settled += 1
    return settled


def arm(tally: SharedTally, countdown: int) -> None:
    """Kill this process at one of the lines that change the table."""
    left = countdown

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.endswith(("table.py", "place.py", "shared_tally.py")):
            return None
        left -= event == "line"
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
