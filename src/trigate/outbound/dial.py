"""Opens one connection: name, addresses in turn, proxy, TLS, all within their deadlines."""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.errors import EgressDenied, GatewayError, UpstreamUnreachable, overdue
from trigate.core.tls import TlsLayer
from trigate.outbound.connection import Connection, Owner
from trigate.outbound.egress import Address, Egress
from trigate.outbound.proxy import HttpProxy, Tunnel
from trigate.outbound.resolver import Resolver
from trigate.outbound.settings import Timeouts
from trigate.outbound.tls import explain
from trigate.outbound.url import Url

MAX_ATTEMPTS = 8
"""Addresses of one name that are tried."""
MIN_ATTEMPT_SECONDS = 0.25
"""Time an address gets at least, however many there are."""


class Route(Struct, frozen=True, eq=False):
    """How to reach one origin."""

    url: Url
    outside: bool
    timeouts: Timeouts
    proxy: HttpProxy | None
    context: ssl.SSLContext | None
    server_name: str
    egress: Egress
    resolver: Resolver


class Dial:
    """One attempt to open a connection; `open` runs as a task of its own, which the deadlines cancel."""

    __slots__ = ("_deadlines", "_end", "_late", "_owner", "_patience", "_route", "_task", "deadline")

    def __init__(self, route: Route, owner: Owner) -> None:
        self._route = route
        self._owner = owner
        self._deadlines: Deadlines = owner.deadlines
        self._task: asyncio.Task[Any] | None = None
        self._end = self.deadline = NEVER
        self._late = False
        self._patience = 0.0

    def expire(self) -> None:
        """The phase took too long."""
        self._late = True
        self.deadline = NEVER
        if self._task is not None:
            self._task.cancel()

    async def open(self) -> Connection:
        """Raises UpstreamUnreachable, UpstreamTimeout, UpstreamProtocolError or EgressDenied."""
        self._task = asyncio.current_task()
        timeouts = self._route.timeouts
        self._end = clock.monotonic() + timeouts.connect
        self.deadline = self._end
        self._deadlines.add(self)
        opened: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        transport = None
        try:
            transport = await self._reach(partial(self._protocol, opened))
            self.deadline = clock.monotonic() + timeouts.tls + 1.0  # the layer's own deadline comes first
            return await opened
        except asyncio.CancelledError:
            if transport is not None:
                transport.abort()
            if not self._late:
                raise
            raise overdue("connect", f"{self._owner.name} could not be connected to in time") from None
        finally:
            self._deadlines.discard(self)
            if opened.done() and not opened.cancelled():
                opened.exception()

    async def _reach(self, make: Callable[[], Any]) -> asyncio.Transport:
        route, loop = self._route, asyncio.get_running_loop()
        if route.url.scheme == "unix":
            try:
                return (await loop.create_unix_connection(make, route.url.path))[0]
            except OSError as error:
                raise UpstreamUnreachable(f"{self._owner.name}: {error.strerror or 'no connection'}") from None
        host, port = (route.proxy.host, route.proxy.port) if route.proxy else (route.url.host, route.url.port)
        addresses = await self._addresses(host)
        failure = "no address"
        for index, address in enumerate(addresses):
            left = self._end - clock.monotonic()
            self.deadline = min(
                self._end, clock.monotonic() + max(left / (len(addresses) - index), MIN_ATTEMPT_SECONDS)
            )
            try:
                return (await loop.create_connection(make, str(address), port))[0]
            except OSError as error:
                failure = error.strerror or str(error)
            except asyncio.CancelledError:
                if not self._late or index + 1 == len(addresses) or clock.monotonic() >= self._end:
                    raise
                self._late = False
                _uncancel()
        raise UpstreamUnreachable(f"{self._owner.name} could not be connected to: {failure}")

    async def _addresses(self, host: str) -> list[Address]:
        """The addresses that may be connected to; the very ones that were checked are used."""
        route = self._route
        outside = route.outside and route.proxy is None
        if route.outside:
            route.egress.check_host(route.url.host, True)
        try:
            found = await route.resolver.resolve(host)
        except OSError as error:
            raise UpstreamUnreachable(f"{host} could not be looked up: {error.strerror or error}") from None
        allowed, denial = list[Address](), EgressDenied(f"{host} has no address that may be connected to")
        for address in found:
            try:
                route.egress.check_address(address, outside)
                allowed.append(address)
            except EgressDenied as error:
                denial = error
        if not allowed:
            raise denial
        return allowed[:MAX_ATTEMPTS]

    def _protocol(self, opened: "asyncio.Future[Connection]") -> Any:
        """What speaks first on a new transport: the connection itself, TLS around it, or a tunnel before both."""
        route = self._route
        make: Callable[[], Any] = partial(Connection, self._owner, opened)
        if route.context is None:
            return make()
        failed = partial(_fail, opened, self._owner.name)
        seconds = route.timeouts.tls
        layer = partial(
            TlsLayer, make, route.context, False, route.server_name, self._deadlines, seconds, on_failed=failed
        )
        if route.proxy is None:
            return layer()
        return Tunnel(route.proxy, f"{route.url.host_text}:{route.url.port}", layer, opened)


def _fail(opened: "asyncio.Future[Connection]", name: str, error: Exception) -> None:
    if opened.done():
        return
    failure: GatewayError
    if isinstance(error, TimeoutError):
        failure = overdue("tls", f"{name}: {error}")
    else:
        failure = UpstreamUnreachable(f"{name}: {explain(error)}")
    opened.set_exception(failure)


def _uncancel() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
