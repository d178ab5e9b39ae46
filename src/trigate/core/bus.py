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


class Bus(Protocol):
    """Opens streams to services by name."""

    async def open(self, service: str, opening: bytes = b"") -> BusStream:
        """Raises BusClosed if the process that offers `service` cannot be reached."""
        ...


Service = Callable[[BusStream, bytes], Awaitable[None]]
"""Runs one stream, given it and its opening message; the stream is closed when it returns."""


class BusClosed(Exception):
    """The process at the other end is gone; nothing is known of messages under way."""
