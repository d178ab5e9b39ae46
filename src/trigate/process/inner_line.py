"""The control process's own way on the bus: what it tells, every worker hears."""

import asyncio
from collections.abc import Awaitable, Callable

from trigate.process.bus import Line, Services


class InnerLine(Line):
    """Leads nowhere else: the services of this process are asked without a bus (core.bus.Bus)."""

    __slots__ = ("_announce",)

    def __init__(self, loop: asyncio.AbstractEventLoop, announce: Callable[[str, bytes], Awaitable[None]]) -> None:
        """`announce` runs a service in every worker, on all machines."""
        super().__init__(loop, Services(), first=1)
        self._announce = announce

    async def tell(self, service: str, opening: bytes) -> None:
        """Run `service` in every worker that offers it; returns when all have, or after two seconds."""
        await self._announce(service, opening)
