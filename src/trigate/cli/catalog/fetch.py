"""One file from the network, by the rules of the configuration: only from public addresses, and bounded."""

import asyncio
from urllib.parse import urlsplit

from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import UpstreamFailed
from trigate.core.ids import Ids
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.settings import OutboundSettings
from trigate.process.keep import LivingThings

SWEEP_SECONDS = 0.1
FIELDS = [(b"accept", b"application/json"), (b"accept-encoding", b"identity"), (b"user-agent", b"trigate")]


async def fetch(url: str, settings: OutboundSettings, limit: int) -> bytes:
    """The body at a URL, without following it anywhere else.

    Raises EgressDenied for an address that is not public and not allowed, UpstreamFailed if there is no whole answer.
    """
    loop, deadlines, keep = asyncio.get_running_loop(), Deadlines(), LivingThings()
    client = Client(settings, Surroundings(loop, deadlines, keep.begin(), _NoSpool(), _NoBus(), Ids()))
    parts = urlsplit(url)
    endpoint = client.endpoint(f"{parts.scheme}://{parts.netloc}", outside=True)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sweeping = loop.create_task(_sweep(deadlines))
    try:
        answer = await client.send(endpoint, b"GET", target.encode(), FIELDS, b"", Signal(loop))
        try:
            if answer.head.status != 200:
                raise UpstreamFailed(f"{url} answered {answer.head.status}")
            return await answer.read(limit)
        finally:
            answer.close()
    finally:
        sweeping.cancel()
        keep.drain()


async def _sweep(deadlines: Deadlines) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        deadlines.sweep(clock.monotonic())


class _NoSpool:
    def append(self, record: bytes) -> None:
        """Nothing is recorded."""


class _NoBus:
    own = ""

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> BusStream:
        """There are no other processes."""
        raise BusClosed(service)

    async def tell(self, service: str, opening: bytes) -> None:
        """There are none."""
        raise BusClosed(service)

    def offer(self, name: str, service: Service) -> None:
        """Nobody will ask."""
