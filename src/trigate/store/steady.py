"""Time that flows with the wall clock and never goes back."""

from trigate.core.clock import clock

SECOND = 1_000_000_000


class SteadyTime:
    """When the wall clock is put back, this goes on from where it was."""

    __slots__ = ("_began", "_wall", "ahead", "now")

    def __init__(self) -> None:
        self.now = 0
        """Nanoseconds; the latest time there was."""
        self.ahead = 0
        """Of the wall clock, since that was put back."""
        self._began = clock.monotonic()
        self._wall = clock.wall_ns()

    def read(self, wall: int) -> int:
        """The steady time that belongs to a wall time."""
        now = wall + self.ahead
        if now < self.now:
            if now < self.now - SECOND:  # less is a clock being trimmed, or two readings in the wrong order
                self.ahead = self.now - wall
            now = self.now
        self.now = now
        return now

    def ended(self, wall: int) -> int:
        """Windows that end before this are over for sure, even if the wall clock was put forward by mistake."""
        return min(wall, self._wall + int((clock.monotonic() - self._began) * SECOND))
