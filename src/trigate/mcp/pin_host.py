"""The control process's side of what is pinned: compares what workers have seen with the rows."""

import msgspec

from trigate.core.bus import BusClosed, BusStream
from trigate.core.errors import GatewayError
from trigate.mcp.pinning import Report, Told, encode, read_report
from trigate.store.keeper import Keeper
from trigate.store.pin import Verdict


class PinHost:
    """The service (core.bus.Service)."""

    __slots__ = ("_keeper",)

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One report."""
        try:
            told = Told(tuple(await self._take(read_report(opening))))
        except msgspec.DecodeError:
            told = Told(problem="the report cannot be read")
        except GatewayError as error:
            told = Told(problem=error.message)
        try:
            await stream.send(encode(told))
        except BusClosed:
            return  # the worker has gone

    async def _take(self, report: Report) -> list[Verdict]:
        from trigate.store.pin_row import take_sightings  # noqa: PLC0415 - SQL is loaded in the thread

        return await self._keeper.write(
            lambda connection: take_sightings(connection, report.server, report.kind, report.mode, report.sightings)
        )
