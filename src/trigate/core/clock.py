"""The one source of time, which tests can hold."""

import time
from collections.abc import Callable


class Clock:
    """Durations come from `monotonic` (seconds), moments from `wall_ns` (nanoseconds since the epoch, UTC)."""

    __slots__ = ("monotonic", "wall_ns")

    def __init__(self) -> None:
        self.monotonic: Callable[[], float] = time.monotonic
        self.wall_ns: Callable[[], int] = time.time_ns


clock = Clock()
