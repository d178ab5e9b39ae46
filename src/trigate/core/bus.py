"""What lanes may expect of the message bus between the gateway's processes."""

from collections.abc import Awaitable, Callable
from typing import Protocol


class BusStream(Protocol):
    """An ordered two-way stream of messages to a service in another process; a slow reader slows its writer."""

    async def send(self, message: bytes) -> None:
        """Raises BusClosed if the other side is gone."""
        ...

    async def receive(self) -> bytes | None:
        """The next message, or None when the other side has closed the stream."""
        ...

    def close(self) -> None:
        """End the stream; idempotent."""
        ...


Service = Callable[[BusStream, bytes], Awaitable[None]]
"""Runs one stream, given it and its opening message; the stream is closed when it returns."""


class Bus(Protocol):
    """Opens streams to services by name, and offers this process's own."""

    own: str
    """How other processes of the gateway address this one; empty until it is connected, another after a restart."""

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> BusStream:
        """A stream to the control process, or to the process whose address (`own`) is `owner`.

        Raises BusClosed if the control process cannot be reached; the stream's `receive` does if the owner is gone.
        """
        ...

    async def tell(self, service: str, opening: bytes) -> None:
        """Run `service` in every other worker that offers it, on this machine and its peers.

        Returns when all have run it, or after two seconds; raises BusClosed if the control process cannot be reached.
        """
        ...

    def offer(self, name: str, service: Service) -> None:
        """Let other processes open streams to a service of this one; it takes the place of one of the same name."""
        ...


class BusClosed(Exception):
    """The process at the other end is gone; nothing is known of messages under way."""


async def consult(bus: Bus, service: str, opening: bytes, owner: str = "") -> bytes | None:
    """The one message with which a service answers an opening; None if nobody is there to answer.

    The service is that of the control process, or of the process whose address is `owner`.
    """
    try:
        stream = await bus.open(service, opening, owner)
    except BusClosed:
        return None
    try:
        return await stream.receive()
    except BusClosed:
        return None
    finally:
        stream.close()
