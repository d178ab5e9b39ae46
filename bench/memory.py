"""Proportional memory (PSS) of a process and all its descendants, in bytes."""

from __future__ import annotations

from bench.cpu import tree


def read_pss(rollup: str) -> int:
    """The PSS line of a `smaps_rollup` file; zero when the process has no memory of its own any more."""
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def proportional(pid: int) -> int:
    """Shared pages are divided among their users, so the sum over a tree counts each page once."""
    return sum(_proportional_of(member) for member in tree(pid))


def _proportional_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return read_pss(file.read())
    except OSError:
        return 0
