"""A place for one child that is filled again whenever it falls empty; its sockets outlive whoever sits there."""

from trigate.core.clock import clock
from trigate.process.child import Child
from trigate.process.doors import Doors, deal

FIRST_DELAY = 0.1
LONGEST_DELAY = 10.0
STEADY_SECONDS = 10.0
"""A child that ran this long has not failed at its start: the next one comes at once."""


class Seat:
    """One slot of a data worker, or the place of the control process."""

    def __init__(self, name: str, doors: Doors) -> None:
        self.name = name
        self.doors = doors
        """What its child accepts on; open here, so that callers wait and are not refused while the seat is empty."""
        self.child: Child | None = None
        self.due = 0.0
        """Monotonic seconds before which no new child is started."""
        self._failures = 0

    @property
    def ready(self) -> bool:
        """Whether a child sits here and serves."""
        return self.child is not None and self.child.ready

    def vacate(self, child: Child) -> float:
        """Note that `child` has ended; returns the seconds until the next may start: none at first, then doubling."""
        self.child = None
        now = clock.monotonic()
        self._failures = 0 if now - child.started > STEADY_SECONDS else self._failures + 1
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (self._failures - 2)) if self._failures > 1 else 0.0
        self.due = now + delay
        return delay


def seats(doors: Doors, workers: int) -> list[Seat]:
    """Empty seats for so many workers, each with its part of the doors."""
    return [Seat(f"worker-{slot}", deal(doors, slot, workers)) for slot in range(workers)]
