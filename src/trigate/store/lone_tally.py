"""Numbers in the memory of a process while it counts alone; while others count too, in the table that all share.

Beside a lone worker there are others at a program upgrade only, or when what workers are is changed: its successors.
Nothing that it holds or has counted may be unknown to them, and all go on counting exactly until it is gone.
"""

import errno
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from trigate.core.clock import clock
from trigate.core.deadlines import SWEEP_SECONDS, Deadlines
from trigate.store.cell import Cell
from trigate.store.copying import claim_of
from trigate.store.counter import Claim, CountersLost, Refused, Taken
from trigate.store.presence import Presence
from trigate.store.shared_cells import digest_name
from trigate.store.shared_tally import Lease as SharedLease
from trigate.store.shared_tally import SharedTally
from trigate.store.table import cells_of
from trigate.store.tally import LOOK_AT, Lease, Tally
from trigate.telemetry.log import log

PATIENCE_SECONDS = 5.0
"""Longest time that a successor waits, before it serves, for a lone process to make way."""
_POLL_SECONDS = 0.01
RETRY_SECONDS = 1.0

_lone = dict[Path, "LoneTally"]()
"""Those of this process: one that a reload has replaced makes way at once."""


class LoneTally(Tally):
    """Counters (store.counter.Counters) that cost no more than those of one process for as long as there is but one."""

    def __init__(self, table: Path, presence: Presence, cells: int, deadlines: Deadlines) -> None:
        """Raises OSError if a process that counts alone does not make way."""
        super().__init__(cells)
        self.deadline = 0.0
        self._table = table
        self._presence = presence
        self._deadlines = deadlines
        self._shared: SharedTally | None = None
        self._instead: dict[Any, Any] = {}
        """For leases given out before a move those to settle now."""
        self._strangers: dict[bytes, Cell] = {}
        """Cells of others, by the digests of names that nobody has asked for here."""
        if presence.claim():
            table.unlink(missing_ok=True)  # whoever has left it there has died
        else:
            self._count_in(enter(table, presence, cells))
        _lone[table] = self
        deadlines.add(self)

    def expire(self) -> None:
        """Ten times a second: make way for another process, and count alone again when all others have gone."""
        self.deadline = clock.monotonic() + SWEEP_SECONDS
        if self._shared is not None and self._presence.claim():
            self._return(self._shared)
        elif self._shared is None and self._table.exists():
            self.make_way()

    def make_way(self) -> None:
        """Move to the table of those who share."""
        if self._shared is None:
            try:
                self._move(SharedTally(self._table, cells_of(self._table) or self._most))
            except (OSError, CountersLost) as error:
                log.error("another process waits for the counters of this one, which it cannot have", reason=error)
                self.deadline = clock.monotonic() + RETRY_SECONDS

    def drain(self) -> None:
        """What is held is settled before the table is left."""
        self._deadlines.discard(self)
        if _lone.get(self._table) is self:
            del _lone[self._table]
        if self._shared is None:
            self._presence.close()
        else:
            self._shared.presence = self._presence
            self._shared.drain()

    def tend(self, now: int) -> None:
        """Let what nobody has extended expire; needed where nothing is taken any more."""
        if self._shared is None or self._shared.leases:
            self.look((), now)

    # --- to the table and back ---------------------------------------------------------------------------------------

    def _move(self, shared: SharedTally) -> None:
        now = clock.wall_ns()
        steady, ended = self._time.read(now), self._time.ended(now)
        self._tend(steady, now)  # what has expired is not moved
        instead: dict[Any, Any] = {}
        try:
            cells = {digest_name(name): cell for name, cell in self._cells.items()} | self._strangers
            used = {digest: cell for digest, cell in cells.items() if not cell.is_whole(steady, ended)}
            shared.adopt(used, self._time, now)
            for lease in self._leases:
                if lease.cells:
                    instead[lease] = self._move_lease(shared, lease, now)
        except BaseException:
            for each in instead.values():
                shared.settle(each, each.amounts and (0,) * len(each.amounts), now)
            shared.drain()
            raise
        for lease in instead:
            lease.cells = ()
        for cell in self._cells.values():
            cell.mark()  # a claim may remember it
        self._cells, self._leases, self._strangers = {}, [], {}
        self._put_instead(instead)
        self._presence.join()
        self._count_in(shared)

    def _move_lease(self, shared: SharedTally, lease: Lease, now: int) -> SharedLease:
        claims = [None if cell is None else self._claim(cell) for cell in lease.cells]
        found: SharedLease = _retake(shared.take, claims, lease.amounts, now)
        found.places = _spread(claims, found.places)
        found.amounts = _less(claims, lease.amounts)
        if not any(found.amounts):  # it had expired, and others may have begun another window since
            pairs = zip(claims, found.places, strict=True)
            found.places = [place if claim and claim.start == place.cell.start else None for claim, place in pairs]
        return found

    def _return(self, shared: SharedTally) -> None:
        now = clock.wall_ns()
        named, self._strangers = shared.copies(now)
        self._cells.update(named)
        self._time.now, self._time.ahead = max(self._time.now, shared.time.now), shared.time.ahead
        self._shared = None
        _lone[self._table] = self
        del self.take, self.add, self.look
        instead: dict[Any, Any] = {}
        for lease in shared.leases:
            instead[lease] = self._return_lease(lease, now)
            shared.settle(lease, (0,) * len(lease.places), now)
        shared.drain()
        self._put_instead(instead)

    def _return_lease(self, lease: SharedLease, now: int) -> Lease:
        claims = [None if place is None else self._claim(place.cell, place.claim.cell) for place in lease.places]
        found: Lease = _retake(super().take, claims, lease.amounts, now)
        found.cells = _spread(claims, found.cells)
        found.amounts = _less(claims, lease.amounts)
        return found

    def _claim(self, cell: Cell, name: str = "") -> Claim | None:
        """What takes again what was held of a cell; None if its window is over, for nothing counts there any more."""
        claim = claim_of(cell, hard=False)
        claim.cell = name or claim.cell
        kept = self._cells.get(claim.cell)
        other = kept is not None and (kept.start != claim.start or kept.law.algorithm != cell.law.algorithm)
        return None if other else claim

    def _put_instead(self, instead: dict[Any, Any]) -> None:
        self._instead = {old: instead.get(new, new) for old, new in self._instead.items()} | instead
        self.settle, self.extend = self._settle_instead, self._extend_instead

    def _count_in(self, shared: SharedTally) -> None:
        self._shared = shared
        self.take, self.add, self.look = shared.take, shared.add, shared.look
        self.settle, self.extend = self._settle_instead, self._extend_instead

    def _settle_instead(self, lease: Any, amounts: Sequence[int], now: int) -> None:
        lease = self._current(self._instead.pop(lease, lease), now)
        if isinstance(lease, SharedLease) and self._shared is not None:
            self._shared.settle(lease, amounts, now)
        elif isinstance(lease, Lease) and self._shared is None:
            super().settle(lease, amounts, now)

    def _extend_instead(self, lease: Any, now: int) -> None:
        lease = self._instead.get(lease, lease)
        if isinstance(lease, SharedLease) and self._shared is not None:
            self._shared.extend(lease, now)
        elif isinstance(lease, Lease) and self._shared is None:
            super().extend(lease, now)

    def _current(self, lease: Any, now: int) -> Any:
        """A lease that had expired before a move was left behind; what it has used still counts, if it can."""
        with suppress(CountersLost):
            if self._shared is not None and isinstance(lease, Lease) and lease.cells:
                found, lease.cells = self._move_lease(self._shared, lease, now), ()
                return found
            if self._shared is None and isinstance(lease, SharedLease) and lease.places:
                found, lease.places = self._return_lease(lease, now), ()
                return found
        return lease

    # --- cells that others have made -----------------------------------------------------------------------------

    def _seen(self, claim: Claim) -> Cell:
        self._introduce(claim.cell)
        return super()._seen(claim)

    def _find(self, claim: Claim, now: int) -> Cell:
        self._introduce(claim.cell)
        return super()._find(claim, now)

    def _introduce(self, name: str) -> None:
        if self._strangers and name not in self._cells:
            cell = self._strangers.pop(digest_name(name), None)
            if cell is not None:
                cell.name = name
                self._cells[name] = cell

    def _tend(self, now: int, wall: int) -> None:
        super()._tend(now, wall)
        ended = self._time.ended(wall)
        for digest in list(islice(self._strangers, LOOK_AT)):
            cell = self._strangers.pop(digest)
            if not cell.is_whole(now, ended):
                self._strangers[digest] = cell  # looked at again after all others


def enter(table: Path, presence: Presence, cells: int) -> SharedTally:
    """A seat at the table, once a process that counts alone has moved there; raises OSError if it does not.

    It sees that the table is there.
    """
    shared = SharedTally(table, cells)
    with suppress(KeyError):
        _lone[table].make_way()
    for _ in range(int(PATIENCE_SECONDS / _POLL_SECONDS)):
        if presence.join():
            return shared
        time.sleep(_POLL_SECONDS)
    shared.drain()
    raise OSError(errno.EBUSY, "another process counts alone and does not make way")


def _retake(
    take: Callable[[Sequence[Claim], Sequence[int], int], Taken | Refused],
    claims: Sequence[Claim | None],
    amounts: Sequence[int],
    now: int,
) -> Any:
    """The lease of what was granted already, so that none of it can be refused."""
    held = [(claim, amount) for claim, amount in zip(claims, amounts, strict=True) if claim is not None]
    taken: Any = take([claim for claim, _ in held], [amount for _, amount in held], now)
    return taken.lease


def _spread(claims: Sequence[Claim | None], found: Sequence[Any]) -> list[Any]:
    """What was found, each at the place of its claim."""
    rest = iter(found)
    return [None if claim is None else next(rest) for claim in claims]


def _less(claims: Sequence[Claim | None], amounts: Sequence[int]) -> tuple[int, ...]:
    return tuple(0 if claim is None else amount for claim, amount in zip(claims, amounts, strict=True))
