"""What one worker knows of servers that are not there, told to the others over the bus, and not too often."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.tasks import spawn

if TYPE_CHECKING:
    from trigate.mcp.upstream import Upstream

SERVICE = "mcp.rumour"
APART = 1.0
"""Fewest seconds between two rumours of one server: who misses one finds out for itself."""


class Rumour(Struct, frozen=True):
    """A server rests for so many seconds, none if it is well again."""

    server: str
    seconds: float


encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(Rumour).decode


class _Teller:
    """Of one server."""

    __slots__ = ("_bus", "_last", "_name")

    def __init__(self, bus: Bus, name: str) -> None:
        self._bus = bus
        self._name = name
        self._last = float("-inf")

    def tell(self, seconds: float) -> None:
        now = clock.monotonic()
        if now - self._last >= APART:
            self._last = now
            spawn(_say(self._bus, Rumour(self._name, float(seconds))), f"mcp {self._name} rumour")


def share(servers: "Mapping[str, Upstream]", bus: Bus) -> None:
    """Have these servers' breakers tell the other workers, and hear from them."""
    for name, server in servers.items():
        server.care.breaker.tell = _Teller(bus, name).tell
    bus.offer(SERVICE, partial(_hear, servers))


async def _hear(servers: "Mapping[str, Upstream]", stream: BusStream, opening: bytes) -> None:
    with suppress(msgspec.DecodeError):  # of another version of the program, while it is exchanged
        rumour = _decode(opening)
        if rumour.server in servers:
            servers[rumour.server].care.breaker.hear(rumour.seconds)


async def _say(bus: Bus, rumour: Rumour) -> None:
    with suppress(BusClosed):  # alone, this worker is the only one there is
        await bus.tell(SERVICE, encode(rumour))
