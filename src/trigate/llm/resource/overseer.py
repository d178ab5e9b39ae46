"""The control process's part in counting what nobody looks at: which worker asks about what, and when.

What is known here is lost with the process, and nothing else is: everything unsettled is asked about once more then.
"""

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from trigate.core.bus import BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.errors import GatewayError
from trigate.llm.resource.round import Duty, Report, encode, read_report
from trigate.store.holding import Holding
from trigate.store.keeper import Keeper

if TYPE_CHECKING:
    from sqlalchemy import Connection

KINDS = ("openai_batches", "anthropic_batches", "openai_responses")
"""What costs something after it was begun."""
MOST = 5000
"""Things that are watched at a time, the oldest first."""
MOST_ASKED = 8
"""Of one round of one worker."""
MOST_KEPT = 200
SOONEST, LATEST = 60.0, 3600.0
"""Seconds between two questions about one thing: a quarter of its age, within these bounds."""
ROUNDS_MISSED = 3
"""After so many a worker is taken for gone, with what it had set aside."""


class _Guard(Struct):
    """Who has set money aside."""

    worker: str
    until: float


class Overseer:
    """The service (core.bus.Service); a living thing of the keep."""

    __slots__ = ("_asked", "_guards", "_keeper")

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._asked: dict[str, float] = {}
        self._guards: dict[str, _Guard] = {}

    def drain(self) -> None:
        """Nothing to end."""

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One round of one worker."""
        try:
            duty = await self._duty(read_report(opening))
        except (msgspec.DecodeError, GatewayError):
            duty = Duty()
        try:
            await stream.send(encode(duty))
        except BusClosed:
            return  # the worker has gone

    async def _duty(self, report: Report) -> Duty:
        found = await self._keeper.read(_unsettled, [])
        known = {each.id for each in found}
        self._asked = {id: when for id, when in self._asked.items() if id in known}
        self._guards = {id: guard for id, guard in self._guards.items() if id in known}
        release = tuple(id for id in report.held if not self._guards_on(report, id, known))
        settle = [each for each in found if self._is_due(each)][:MOST_ASKED]
        keep = [each for each in found if self._guards_anew(report, each)][:MOST_KEPT]
        for each in settle:
            self._asked[each.id] = clock.monotonic()
        bodies = await self._keeper.read(lambda connection: _with_bodies(connection, [*settle, *keep]), {})
        for each in keep:
            self._guard(report, each.id)
        return Duty(_chosen(bodies, settle), _chosen(bodies, keep), release)

    def _is_due(self, holding: Holding) -> bool:
        age = (clock.wall_ns() - holding.time) / 1e9
        wait = min(max(age / 4, SOONEST), LATEST)
        return age >= SOONEST and clock.monotonic() - self._asked.get(holding.id, float("-inf")) >= wait

    def _guards_on(self, report: Report, id: str, known: set[str]) -> bool:
        """Whether the worker goes on with what it says to have."""
        guard = self._guards.get(id)
        if id not in known or (guard is not None and guard.worker != report.worker):
            return False
        self._guard(report, id)
        return True

    def _guards_anew(self, report: Report, holding: Holding) -> bool:
        guard = self._guards.get(holding.id)
        return (
            guard is None
            or guard.until < clock.monotonic()
            or (guard.worker == report.worker and holding.id not in report.held)
        )

    def _guard(self, report: Report, id: str) -> None:
        self._guards[id] = _Guard(report.worker, clock.monotonic() + ROUNDS_MISSED * report.every)


def _unsettled(connection: "Connection") -> list[Holding]:
    from trigate.store.holding_row import list_unsettled  # noqa: PLC0415 - SQL is loaded in the thread

    return list_unsettled(connection, KINDS, MOST)


def _with_bodies(connection: "Connection", holdings: list[Holding]) -> dict[str, Holding]:
    from trigate.store.holding_row import find_holding  # noqa: PLC0415 - as above

    found = (find_holding(connection, each.id, each.owner) for each in holdings)
    return {each.id: each for each in found if each is not None}


def _chosen(bodies: dict[str, Holding], holdings: list[Holding]) -> tuple[Holding, ...]:
    return tuple(bodies[each.id] for each in holdings if each.id in bodies)
