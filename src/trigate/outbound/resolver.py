"""Looks up host names: each once at a time, answers kept for a while, a little longer while looking up fails."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.tasks import spawn
from trigate.outbound.egress import Address, address_of
from trigate.outbound.settings import DnsSettings

MAX_ADDRESSES = 16
"""Addresses kept of one answer: nobody needs to try a thousand."""
MAX_NAMES = 4096
"""Names remembered at once."""
FAILURE_SECONDS = 1.0
"""How long a failure is remembered, so that a dead name does not flood the resolver."""

Lookup = Callable[[str], Awaitable[list[Address]]]


class _Entry(Struct):
    addresses: list[Address]
    fresh_until: float
    stale_until: float
    failed_until: float = 0.0
    failure: str = ""


class Resolver:
    """Answers are shared by everybody who asks; `lookup` may be replaced by tests."""

    __slots__ = ("_entries", "_flights", "_lookup", "_settings")

    def __init__(self, settings: DnsSettings, lookup: Lookup | None = None) -> None:
        self._settings = settings
        self._lookup = lookup or system_lookup
        self._entries: dict[str, _Entry] = {}
        self._flights: dict[str, asyncio.Task[None]] = {}

    async def resolve(self, host: str) -> list[Address]:
        """The addresses of `host`, preferred first; raises OSError."""
        literal = address_of(host)
        if literal is not None:
            return [literal]
        entry = self._entries.get(host)
        now = clock.monotonic()
        if entry is None or (entry.fresh_until <= now and entry.failed_until <= now):
            await self._share(host)
            entry, now = self._entries.get(host), clock.monotonic()
        if entry is None:
            raise OSError("the look-up was broken off")
        if entry.fresh_until > now or (entry.addresses and entry.stale_until > now):
            return entry.addresses
        raise OSError(entry.failure)

    async def _share(self, host: str) -> None:
        flight = self._flights.get(host)
        if flight is None:
            flight = self._flights[host] = spawn(self._refresh(host), f"look up {host}")
        done = asyncio.get_running_loop().create_future()
        flight.add_done_callback(lambda _: None if done.done() else done.set_result(None))
        await done  # not the task itself: who stops waiting must not stop the look-up for others

    async def _refresh(self, host: str) -> None:
        failure, addresses = "", list[Address]()
        try:
            addresses = (await self._lookup(host))[:MAX_ADDRESSES]
        except (OSError, UnicodeError) as error:
            failure = getattr(error, "strerror", None) or str(error)
        finally:
            self._flights.pop(host, None)
            self._remember(host, addresses, failure or "the name has no address")

    def _remember(self, host: str, addresses: list[Address], failure: str) -> None:
        now = clock.monotonic()
        if len(self._entries) >= MAX_NAMES and host not in self._entries:
            del self._entries[next(iter(self._entries))]
        if addresses:
            fresh = now + self._settings.ttl
            self._entries[host] = _Entry(addresses, fresh, fresh + self._settings.stale)
            return
        entry = self._entries.setdefault(host, _Entry([], 0.0, 0.0))
        entry.failed_until, entry.failure = now + FAILURE_SECONDS, failure


async def system_lookup(host: str) -> list[Address]:
    """What the system's resolver says, in its order of preference (RFC 6724)."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    texts = dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found)
    return [ipaddress.ip_address(text) for text in texts]
