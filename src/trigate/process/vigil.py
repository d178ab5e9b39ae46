"""Notices children that no longer do anything, has them say where they hang, and ends them."""

from collections.abc import Sequence

from trigate.core.clock import clock
from trigate.process.child import Child
from trigate.telemetry.log import log

START_SECONDS = 30.0
"""Longest time a child may take until it serves."""
LAST_WORDS_SECONDS = 1.0
"""Time for a child that hangs to write down where, before it is ended."""


class Vigil:
    """Looks after the children that serve; one that is ended is replaced like any that dies."""

    def __init__(self) -> None:
        self._looked = clock.monotonic()
        self._accused: set[int] = set()

    def look(self, children: Sequence[Child], patience: float) -> None:
        """End those that have said nothing for more than `patience` seconds; call it after reading what they said."""
        now = clock.monotonic()
        asleep, self._looked = now - self._looked > patience / 2, now
        for child in children:
            if asleep:
                child.heard = now  # this process was stopped itself, and its children with it
            elif self._hangs(child, now, patience) and child.pid not in self._accused:
                self._accuse(child, now)
        self._accused &= {child.pid for child in children}

    def _hangs(self, child: Child, now: float, patience: float) -> bool:
        return now - child.heard > (patience if child.ready else max(patience, START_SECONDS))

    def _accuse(self, child: Child, now: float) -> None:
        self._accused.add(child.pid)
        child.ask_for_words()
        child.kill_at = min(child.kill_at, now + LAST_WORDS_SECONDS)
        log.error("a process hangs and is ended", name=child.name, pid=child.pid, silent=round(now - child.heard, 1))
