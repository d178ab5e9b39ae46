"""Listening at a server that is reached by URL, in its own era."""

import asyncio
from typing import TYPE_CHECKING, Protocol

from trigate.core.signal import Signal
from trigate.mcp.fault import SessionLost
from trigate.mcp.greeting import Greeting
from trigate.mcp.listening.ear import Ear
from trigate.mcp.listening.legacy import hear_legacy
from trigate.mcp.listening.modern import hear_modern
from trigate.mcp.listing import response
from trigate.mcp.message import Outgoing
from trigate.mcp.transport import Leg

if TYPE_CHECKING:
    from trigate.mcp.upstream import Upstream


class Unasked(Protocol):
    """A transport with streams that last."""

    async def ask(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> Leg:
        """Send a request; raises UpstreamFailed."""
        ...

    async def listen(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> Leg:
        """Send a request whose answer is a stream that lasts; raises UpstreamFailed."""
        ...

    async def hear(self, greeting: Greeting, signal: Signal, last: bytes = b"") -> Leg:
        """Open the stream of a session; raises UpstreamFailed, and NotOffered."""
        ...


class OverHttp:
    """Listens over connections of its own."""

    __slots__ = ("_transport", "_upstream")

    def __init__(self, upstream: "Upstream", transport: Unasked) -> None:
        self._upstream = upstream
        self._transport = transport

    async def __call__(self, ear: Ear) -> None:
        """Listen until the server ends it; raises UpstreamFailed, and NotOffered."""
        greeting = await self._upstream.greeting()
        try:
            if greeting.era == "modern":
                await hear_modern(ear, greeting, self._transport.listen)
            else:
                await hear_legacy(ear, greeting, self._transport.hear, self._ask)
        except SessionLost:
            self._upstream.forget(greeting)
            raise

    async def _ask(self, greeting: Greeting, outgoing: Outgoing) -> None:
        leg = await self._transport.ask(greeting, outgoing, Signal(asyncio.get_running_loop()))
        try:
            await response(leg)
        finally:
            leg.close()
