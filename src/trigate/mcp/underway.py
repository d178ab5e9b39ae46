"""Requests of sessions that are under way, so that a cancellation finds them in whichever worker they are."""

from contextlib import suppress

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.exchange import Exchange
from trigate.mcp.fault import Cancelled

SERVICE = "mcp.cancelled"
STREAM_ID = b""
"""In the place of a request's id: the stream that a session listens on."""


class Underway:
    """Those of this worker, and the way to those of the others."""

    __slots__ = ("_bus", "_live")

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._live: dict[tuple[str, bytes], Exchange] = {}
        bus.offer(SERVICE, self._serve)

    def begin(self, token: str, id: bytes, exchange: Exchange) -> None:
        """A request of the session `token` begins; a later one may take over its id."""
        self._live[token, id] = exchange

    def end(self, token: str, id: bytes, exchange: Exchange) -> None:
        """It has ended."""
        if self._live.get((token, id)) is exchange:
            del self._live[token, id]

    def end_all(self, token: str) -> None:
        """The session has ended: stop what it has under way in this worker."""
        for exchange in [each for (owner, id), each in self._live.items() if owner == token and id]:
            exchange.stop(Cancelled("its session was ended"))

    def tokens(self) -> set[str]:
        """Sessions that have something under way."""
        return {token for token, _ in self._live}

    async def cancel(self, token: str, id: bytes) -> None:
        """Stop a request, in whichever worker it is; nothing happens if it has ended."""
        if not self._stop(token, id):
            with suppress(BusClosed):  # without the others nothing can be done, and a notification has no answer
                await self._bus.tell(SERVICE, token.encode() + b"\0" + id)

    def drain(self) -> None:
        """Nothing to close: every request ends by itself."""

    def _stop(self, token: str, id: bytes) -> bool:
        exchange = self._live.get((token, id))
        if exchange is not None:
            exchange.stop(Cancelled("cancelled by its caller"))
        return exchange is not None

    async def _serve(self, stream: BusStream, opening: bytes) -> None:
        token, _, id = opening.partition(b"\0")
        self._stop(token.decode("utf-8", "replace"), id)
