"""Deadlines as fields, swept ten times a second: no timer object per request."""

import asyncio
from typing import Protocol

SWEEP_SECONDS = 0.1
"""Time between sweeps, and so the most a deadline is late."""

NEVER = float("inf")


class Expiring(Protocol):
    """Something with a deadline: a connection in a phase, an exchange, an idle pool entry."""

    deadline: float
    """Monotonic seconds at which `expire` is called, NEVER for no deadline; it may be moved at any time."""

    def expire(self) -> None:
        """Act on the deadline; must move `deadline` or leave the set, else it is called at every sweep."""
        ...


class Deadlines:
    """The set of live things that have a deadline."""

    __slots__ = ("_live", "add", "discard")

    def __init__(self) -> None:
        self._live: set[Expiring] = set()
        self.add = self._live.add
        self.discard = self._live.discard

    def __len__(self) -> int:
        return len(self._live)

    def sweep(self, now: float) -> None:
        """Expire everything whose deadline lies at or before `now` (monotonic seconds).

        What raises is taken out of the set and reported to the loop's exception handler; the others go on.
        """
        live = self._live
        for expiring in [each for each in live if each.deadline <= now]:
            if expiring not in live:
                continue  # one that came before has ended it
            try:
                expiring.expire()
            except Exception as error:  # noqa: BLE001 - the deadlines of all others depend on this sweep
                live.discard(expiring)
                report = {"message": f"the deadline of {type(expiring).__name__} failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(report)
