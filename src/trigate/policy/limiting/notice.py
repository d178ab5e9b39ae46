"""Thresholds of budgets: one line in the log and one record each, once per window."""

from collections.abc import Awaitable, Sequence

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.surroundings import Spool
from trigate.core.tasks import spawn
from trigate.policy.measure.quota import Quota
from trigate.store.counter import Claim, Counters, CountersLost, Law, Standing, Taken
from trigate.telemetry.log import log

MOST_TOLD = 10_000
"""Cells whose notices this worker remembers; the counters remember them all."""
_ONCE = Law("window", 1)


class Notice(Struct, frozen=True, kw_only=True):
    """The JSON object of a notice in the spool; told apart from records of calls by `kind`."""

    kind: str = "notice"
    id: str
    """The same for the same threshold of the same window, whoever tells it."""
    time: int
    """Nanoseconds since the epoch."""
    limit: str
    scope: str
    """Whom the limit counts for, such as `team=support`."""
    cell: str
    threshold: float
    unit: str
    settled: int
    """Used when it was noticed, in whole units; money in nano-dollars."""
    capacity: int
    start: int
    """Of the window, nanoseconds since the epoch."""
    end: int
    """0 for a window that never ends."""


class Suspect(Struct, frozen=True, eq=False):
    """A cell that may have passed a threshold."""

    claim: Claim
    quota: Quota
    value: str


class Notices:
    """Looks at suspects now and then, off the path of calls."""

    __slots__ = ("_counters", "_spool", "_suspects", "_told")

    def __init__(self, counters: Counters, spool: Spool) -> None:
        self._counters = counters
        self._spool = spool
        self._suspects: dict[str, Suspect] = {}
        self._told: dict[str, tuple[int, float]] = {}
        """Of each cell the window and the highest threshold that need not be looked at again."""

    def suspect(self, claim: Claim, quota: Quota, value: str) -> None:
        """This cell has settled, or reserved, at least its lowest threshold."""
        told = self._told.get(claim.cell)
        if told is None or told != (claim.start, quota.thresholds[-1]):
            self._suspects[claim.cell] = Suspect(claim, quota, value)

    def look(self) -> None:
        """Tell of every threshold that was reached since the last time."""
        if self._suspects:
            suspects, self._suspects = list(self._suspects.values()), {}
            if len(self._told) > MOST_TOLD:
                self._told.clear()
            found = self._counters.look([each.claim for each in suspects], clock.wall_ns())
            if isinstance(found, Awaitable):
                spawn(self._look_later(suspects, found), "notices")
            else:
                self._tell_all(suspects, found)

    async def _look_later(self, suspects: Sequence[Suspect], found: Awaitable[Sequence[Standing]]) -> None:
        try:
            self._tell_all(suspects, await found)
        except CountersLost:
            for each in suspects:
                self._suspects.setdefault(each.claim.cell, each)

    def _tell_all(self, suspects: Sequence[Suspect], standings: Sequence[Standing]) -> None:
        for suspect, standing in zip(suspects, standings, strict=True):
            for threshold in _reached(suspect, standing, self._told.get(suspect.claim.cell)):
                self._told[suspect.claim.cell] = (suspect.claim.start, threshold)
                self._tell_once(suspect, standing, threshold)

    def _tell_once(self, suspect: Suspect, standing: Standing, threshold: float) -> None:
        """Whoever gets the only place of a cell made for this tells; other workers and machines do not."""
        claim = suspect.claim
        place = Claim(f"{claim.cell}!{threshold:g}", _ONCE, start=claim.start, end=claim.end)
        answer = self._counters.take([place], [1], clock.wall_ns())
        if isinstance(answer, Awaitable):
            spawn(self._tell_later(answer, suspect, standing, threshold), "notice")
        elif isinstance(answer, Taken):
            self._tell(answer, suspect, standing, threshold)

    async def _tell_later(
        self, answer: Awaitable[object], suspect: Suspect, standing: Standing, threshold: float
    ) -> None:
        try:
            taken = await answer
        except CountersLost:
            return  # rather no notice than the same one again and again
        if isinstance(taken, Taken):
            self._tell(taken, suspect, standing, threshold)

    def _tell(self, taken: Taken, suspect: Suspect, standing: Standing, threshold: float) -> None:
        self._counters.settle(taken.lease, [1], clock.wall_ns())
        notice = _notice(suspect, standing, threshold)
        log.warning(
            "a limit is used up" if threshold >= 1 else "a limit is nearly used up",
            limit=notice.limit,
            scope=notice.scope,
            used=f"{standing.settled / notice.capacity:.0%}",
            of=suspect.quota.describe(),
        )
        self._spool.append(msgspec.json.encode(notice))


def _reached(suspect: Suspect, standing: Standing, told: tuple[int, float] | None) -> list[float]:
    """Thresholds that were passed and not told yet, lowest first."""
    known = told[1] if told is not None and told[0] == suspect.claim.start else 0.0
    capacity = suspect.quota.law.capacity
    return [each for each in suspect.quota.thresholds if each > known and standing.settled >= each * capacity]


def _notice(suspect: Suspect, standing: Standing, threshold: float) -> Notice:
    claim, quota = suspect.claim, suspect.quota
    return Notice(
        id=f"{claim.cell}!{threshold:g}@{claim.start}",
        time=clock.wall_ns(),
        limit=quota.name,
        scope=suspect.value,
        cell=claim.cell,
        threshold=threshold,
        unit=quota.unit.name,
        settled=standing.settled,
        capacity=quota.law.capacity,
        start=claim.start,
        end=claim.end,
    )
