"""A bus to a service in the same loop, and a safe that is a dict."""

import asyncio

from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.errors import StoreUnavailable
from trigate.core.tasks import spawn


class LocalStream:
    """One stream: what the service sends is received."""

    def __init__(self) -> None:
        self._sent: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def send(self, message: bytes) -> None:
        self._sent.put_nowait(message)

    async def receive(self) -> bytes | None:
        return await self._sent.get()

    def close(self) -> None:
        self._sent.put_nowait(None)


class LocalBus:
    """Leads to one service, or to nobody."""

    own = ""

    def __init__(self, service: Service | None) -> None:
        self._service = service

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> BusStream:
        if self._service is None:
            raise BusClosed("nobody")
        stream = LocalStream()
        spawn(self._run(self._service, stream, opening), service)
        return stream

    async def _run(self, service: Service, stream: LocalStream, opening: bytes) -> None:
        await service(stream, opening)
        stream.close()

    async def tell(self, service: str, opening: bytes) -> None:
        raise BusClosed("nobody")

    def offer(self, name: str, service: Service) -> None:
        """Nobody asks."""


class DictSafe:
    """A safe that can be out of reach."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.purposes = set[str]()
        self.down = False

    async def secret(self, name: str) -> str | None:
        self._check()
        return self.kept.get(name)

    async def keep_secret(self, name: str, secret: str, purpose: str) -> None:
        self._check()
        self.kept[name] = secret
        self.purposes.add(purpose)

    def _check(self) -> None:
        if self.down:
            raise StoreUnavailable("down")
