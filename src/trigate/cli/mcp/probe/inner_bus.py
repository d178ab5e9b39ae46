"""The message bus of a command: one process, in which services and those who ask for them are."""

import asyncio

from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.tasks import spawn


class InnerStream:
    """One end of a stream within the process."""

    def __init__(self) -> None:
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.other: InnerStream | None = None
        self._closed = False

    async def send(self, message: bytes) -> None:
        """See BusStream."""
        if self._closed or self.other is None or self.other._closed:
            raise BusClosed("the other end is closed")
        self.other._inbox.put_nowait(message)

    async def receive(self) -> bytes | None:
        """See BusStream."""
        return await self._inbox.get()

    def close(self) -> None:
        """See BusStream."""
        if not self._closed:
            self._closed = True
            if self.other is not None:
                self.other._inbox.put_nowait(None)


class InnerBus:
    """Joins callers and services."""

    own = "command"

    def __init__(self) -> None:
        self._services: dict[str, Service] = {}

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> BusStream:
        """See Bus."""
        if service not in self._services:
            raise BusClosed(service)
        near, far = InnerStream(), InnerStream()
        near.other, far.other = far, near
        spawn(self._serve(self._services[service], far, opening), service)
        return near

    async def tell(self, service: str, opening: bytes) -> None:
        """There is nobody else."""

    def offer(self, name: str, service: Service) -> None:
        """See Bus."""
        self._services[name] = service

    async def _serve(self, service: Service, stream: InnerStream, opening: bytes) -> None:
        try:
            await service(stream, opening)
        except BusClosed:
            return
        finally:
            stream.close()
