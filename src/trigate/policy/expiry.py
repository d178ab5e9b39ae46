"""Ends what goes on in the name of a credential when that has expired, with nothing to do per request."""

from typing import Protocol
from weakref import ref

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines

EXPIRY_SECONDS = 0.5
"""Time between two looks, and so about the most that anything outlives its credential."""


class Serving(Protocol):
    """Something that serves callers, as long as a configuration or anything under way needs it."""

    def end_expired(self) -> None:
        """End what has outlived its credential."""
        ...


class Expiry:
    """Looks twice a second, and goes when whoever it looks at has gone."""

    __slots__ = ("_deadlines", "_serving", "deadline")

    def __init__(self, serving: Serving, deadlines: Deadlines) -> None:
        self._serving = ref(serving)
        self._deadlines = deadlines
        self.deadline = 0.0
        deadlines.add(self)

    def expire(self) -> None:
        """Time for another look."""
        serving = self._serving()
        if serving is None:
            self._deadlines.discard(self)
            return
        self.deadline = clock.monotonic() + EXPIRY_SECONDS
        serving.end_expired()
