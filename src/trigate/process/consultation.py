"""Asks a service of this very process, as another process would over the bus."""

from trigate.core.bus import Service


class _Ear:
    """A stream whose other end only listens."""

    def __init__(self) -> None:
        self.heard: bytes | None = None

    async def send(self, message: bytes) -> None:
        """The first message is the answer."""
        if self.heard is None:
            self.heard = message

    async def receive(self) -> bytes | None:
        """Nothing more is said."""
        return None

    def close(self) -> None:
        """Nothing is open."""


async def consult(service: Service, opening: bytes) -> bytes | None:
    """What a service answers, None if nothing."""
    ear = _Ear()
    await service(ear, opening)
    return ear.heard
