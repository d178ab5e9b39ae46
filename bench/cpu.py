"""Processor time of a process and all its descendants, in nanoseconds."""

from __future__ import annotations

import os
import time

import psutil

# Linux names another process's CPU clock by its inverted pid and the clock type (clock_getcpuclockid(3)).
# It counts every thread, also those that ended, to the nanosecond; /proc/PID/stat counts in ticks of 10 ms.
_CLOCK_KIND = 2
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def clock_of(pid: int) -> int:
    """The id of the CPU clock of a process, for `time.clock_gettime_ns`."""
    return (~pid << 3) | _CLOCK_KIND


def tree(pid: int) -> list[int]:
    """A process and its living descendants."""
    try:
        root = psutil.Process(pid)
        return [pid, *(child.pid for child in root.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def spent(pid: int) -> int:
    """User and system time of the whole tree so far; of ended children, what their parents have collected."""
    return sum(spent_by(member) for member in tree(pid))


def spent_by(pid: int) -> int:
    """User and system time of one process, and of its ended children."""
    try:
        return time.clock_gettime_ns(clock_of(pid)) + _collected(pid)
    except OSError:
        return 0


def _collected(pid: int) -> int:
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * _TICK_NS
