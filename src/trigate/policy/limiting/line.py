"""Lines of calls that wait for others to give back what they hold."""

import asyncio
from bisect import insort

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines

POLL_SECONDS = 0.1
"""How often the first in a line looks by itself: others, in other processes, may have given something back."""


class Turn:
    """A place in a line."""

    __slots__ = ("_future", "_line", "cell", "deadline", "order", "until")

    def __init__(self, cell: str, line: "list[Turn]", order: tuple[int, int], until: float) -> None:
        self.cell = cell
        self.order = order
        """Smaller is served first."""
        self.until = until
        """Monotonic seconds at which waiting is over."""
        self.deadline = NEVER
        self._line = line
        self._future: asyncio.Future[None] | None = None

    def __lt__(self, other: "Turn") -> bool:
        return self.order < other.order

    def come(self) -> "asyncio.Future[None]":
        """To be awaited at once: over when it is worth another try, at the latest when waiting is over."""
        self._future = asyncio.get_running_loop().create_future()
        self.deadline = min(self.until, clock.monotonic() + POLL_SECONDS)
        return self._future

    def expire(self) -> None:
        """Time to look, for the first in line; and for anyone whose time is over."""
        now = clock.monotonic()
        if self._line[0] is self or now >= self.until:
            self.notify()
        else:
            self.deadline = min(self.until, now + POLL_SECONDS)

    def notify(self) -> None:
        """Something was given back."""
        self.deadline = NEVER
        if self._future is not None and not self._future.done():
            self._future.set_result(None)


class Lines:
    """One line for each cell in whose way somebody stands; only its first tries again."""

    __slots__ = ("_count", "_deadlines", "open")

    def __init__(self, deadlines: Deadlines) -> None:
        self.open: dict[str, list[Turn]] = {}
        """By cell; no line is empty."""
        self._deadlines = deadlines
        self._count = 0

    def join(self, cell: str, until: float, most: int, rank: int = 0) -> Turn | None:
        """The place behind all of the same or a higher rank; None if `most` stand there already."""
        line = self.open.setdefault(cell, [])
        if len(line) >= most:
            if not line:
                del self.open[cell]
            return None
        self._count += 1
        turn = Turn(cell, line, (-rank, self._count), until)
        insort(line, turn)
        self._deadlines.add(turn)
        return turn

    def leave(self, turn: Turn) -> None:
        """Served, refused or gone; whoever is first now may try."""
        self._deadlines.discard(turn)
        line = self.open[turn.cell]
        line.remove(turn)
        if line:
            line[0].notify()
        else:
            del self.open[turn.cell]

    def wake(self, cell: str) -> None:
        """Something of this cell was given back."""
        line = self.open.get(cell)
        if line:
            line[0].notify()
