"""How long something took, less the time for which the machine had no processor for it."""

import time
from pathlib import Path

SCHEDULED = Path("/proc/thread-self/schedstat")
"""Of this thread in nanoseconds: on a processor, and ready but without one."""


class Stopwatch:
    """Runs from its making; used by the thread that made it."""

    def __init__(self) -> None:
        self._began, self._delayed = time.perf_counter(), _delayed()

    def seconds(self) -> float:
        """Of this thread's own, of waiting for others, and of the disk."""
        return time.perf_counter() - self._began - (_delayed() - self._delayed)


def _delayed() -> float:
    return int(SCHEDULED.read_text().split()[1]) / 1e9 if SCHEDULED.exists() else 0.0
