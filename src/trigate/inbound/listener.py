"""Where callers connect: sockets, opened apart from serving on them, and the server that serves."""

import asyncio
import contextlib
import ipaddress
import os
import socket
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.core.surroundings import Handler, Surroundings
from trigate.core.tls import TlsLayer
from trigate.inbound.address import Address
from trigate.inbound.certificate import Certificates
from trigate.inbound.connection import SPARE_CONNECTIONS, Connection
from trigate.inbound.peer import Origin
from trigate.inbound.proxy_protocol import ProxyHeader
from trigate.inbound.service import Refused, Service
from trigate.inbound.settings import InboundSettings, ListenerSettings
from trigate.telemetry.log import log

BACKLOG = 2048
KEEPALIVE_SECONDS = 60
"""Idle time after which the kernel asks a silent caller whether it is still there."""


def open_sockets(settings: InboundSettings) -> list[socket.socket]:
    """One listening socket per address, in order; raises OSError naming the address, and leaves none open then."""
    opened: list[socket.socket] = []
    try:
        for each in settings.listeners:
            opened += open_shared(each, 1)
    except OSError:
        close_all(opened)
        raise
    return opened


def open_shared(listener: ListenerSettings, count: int, beside: socket.socket | None = None) -> list[socket.socket]:
    """`count` sockets of one address, among which the kernel spreads callers; a Unix socket is one for all.

    They join `beside`, a socket of ours on that address; without it the address must be free. Raises OSError naming
    the address, and leaves none open then.
    """
    opened: list[socket.socket] = []
    wanted = int(beside is None) if listener.parsed.path else count
    try:
        while len(opened) < wanted:
            opened.append(_open(listener.parsed, opened[0] if opened else beside))
    except OSError as error:
        close_all(opened)
        raise OSError(error.errno, f"cannot listen on {listener.address}: {error.strerror or error}") from error
    return opened


def close_all(opened: Iterable[socket.socket]) -> None:
    """Close every one."""
    for each in opened:
        each.close()


def _open(address: Address, beside: socket.socket | None) -> socket.socket:
    return _open_unix(address.path) if address.path else _open_tcp(address, beside)


def _open_tcp(address: Address, beside: socket.socket | None) -> socket.socket:
    host = address.host or ("::" if socket.has_dualstack_ipv6() else "0.0.0.0")  # noqa: S104 - `:8080` asks for it
    family, kind, protocol, _, where = socket.getaddrinfo(
        host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    if beside is None:
        _refuse_taken(family, where)
    else:
        where = beside.getsockname()  # the same port also where the kernel has chosen it
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_KEEPIDLE"):
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_SECONDS)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(bool(address.host)))
        opened.bind(where)
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened


def _refuse_taken(family: int, where: Any) -> None:
    """SO_REUSEPORT would silently share callers with a stranger on the same address; without it the kernel objects."""
    if where[1] != 0:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(where)


def _open_unix(path: str) -> socket.socket:
    """A socket that only its owner may connect to; one that a dead process left behind is removed."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        before = os.umask(0o177)
        try:
            opened.bind(path)
        finally:
            os.umask(before)
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened


def _remove_stale(path: str) -> None:
    try:
        if not stat.S_ISSOCK(Path(path).stat().st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        with contextlib.suppress(ConnectionRefusedError):
            probe.connect(path)
            return
    Path(path).unlink(missing_ok=True)


class Server:
    """Serves callers on sockets that somebody else opened, and may serve on after this server has ended."""

    def __init__(
        self, settings: InboundSettings, handler: Handler, surroundings: Surroundings, on_refused: Refused | None = None
    ) -> None:
        """Raises OSError, ssl.SSLError or ValueError if a certificate cannot be used."""
        self._settings = settings
        self._surroundings = surroundings
        self._service = Service(settings, handler, surroundings, on_refused)
        self._doors = [Door(each, self._service) for each in settings.listeners]
        self._accepting: list[asyncio.Server] = []
        self._looked = asyncio.Event()
        self._drained_by = NEVER
        self.deadline = NEVER

    @property
    def handler(self) -> Handler:
        """What serves requests; set it to let another one serve those that come from now on."""
        return self._service.handler

    @handler.setter
    def handler(self, handler: Handler) -> None:
        self._service.handler = handler

    @property
    def connections(self) -> int:
        """Open connections."""
        return len(self._service.connections)

    @property
    def accepting(self) -> bool:
        """Whether new callers are let in."""
        return bool(self._accepting)

    def reload_certificates(self) -> None:
        """Take over certificate files that changed; it also happens by itself every few seconds."""
        for door in self._doors:
            door.reload()

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Accept on `sockets`, which are those of the settings' listeners in order; they stay the caller's to close."""
        for door, each in zip(self._doors, sockets, strict=True):
            await self._accept(door, each)

    async def start_also(self, number: int, accepting: socket.socket) -> None:
        """Accept on one more socket of the listener of this number; it stays the caller's to close."""
        await self._accept(self._doors[number], accepting)

    async def _accept(self, door: "Door", accepting: socket.socket) -> None:
        loop = self._surroundings.loop
        own = socket.socket(fileno=os.dup(accepting.fileno()))
        own.setblocking(False)
        create = loop.create_unix_server if own.family == socket.AF_UNIX else loop.create_server
        self._accepting.append(await create(door.open, sock=own, backlog=BACKLOG))

    async def drain(self, seconds: float | None = None) -> None:
        """Accept no more, let what is under way end within `seconds` (the configured time if None), then cut the rest.

        Call it after a successor accepts on the same sockets, or none will be refused only by luck.
        """
        self._stop_accepting()
        service = self._service
        service.draining = True
        for each in list(service.connections):
            each.drain()
        wait = self._settings.timeouts.drain if seconds is None else seconds
        self._drained_by = clock.monotonic() + wait
        self.deadline = 0.0  # look at every sweep
        service.deadlines.add(self)
        while service.connections or service.detached:
            self._looked.clear()
            await self._looked.wait()
        service.deadlines.discard(self)
        self.close()

    def expire(self) -> None:
        """While draining: cut what is left once the time is over, and look whether all have gone."""
        if clock.monotonic() >= self._drained_by:
            self._cut()
        self._looked.set()

    def close(self) -> None:
        """Accept no more and cut everything."""
        self._stop_accepting()
        for door in self._doors:
            door.close()
        self._cut()
        self._service.close()

    def _cut(self) -> None:
        for connection in list(self._service.connections):
            connection.stop()
        for task in list(self._service.detached):
            task.cancel()

    def _stop_accepting(self) -> None:
        for each in self._accepting:
            each.close()
        self._accepting.clear()


class Door:
    """Makes the protocol stack for each caller of one listener."""

    __slots__ = ("_arriving", "_certificates", "_networks", "_service", "_settings")

    def __init__(self, settings: ListenerSettings, service: Service) -> None:
        self._settings = settings
        self._service = service
        self._arriving = 0
        """Callers of whom a PROXY header or a TLS handshake is awaited: they count like those who are in."""
        self._networks = [ipaddress.ip_network(each) for each in settings.trusted_senders]
        self._certificates = Certificates(settings.tls, self._report) if settings.tls else None
        if self._certificates is not None:
            service.deadlines.add(self._certificates)

    def open(self) -> asyncio.BaseProtocol:
        """The outermost protocol of a new connection."""
        if self._settings.proxy_protocol:
            if self._is_full(SPARE_CONNECTIONS):
                return _Turned()
            self._arriving += 1
            service = self._service
            return ProxyHeader(self._enter, self.trusts, service.deadlines, service.timeouts.head, self._arrived)
        return self._enter(None)

    def reload(self) -> None:
        """Look whether certificates changed."""
        if self._certificates is not None:
            self._certificates.reload()

    def close(self) -> None:
        """Nobody comes in any more."""
        if self._certificates is not None:
            self._service.deadlines.discard(self._certificates)

    def trusts(self, name: object) -> bool:
        """Whether a peer may say who is calling."""
        if not isinstance(name, tuple) or not name:
            return self._settings.parsed.path != ""
        address = ipaddress.ip_address(str(name[0]).partition("%")[0])  # pyright: ignore[reportUnknownArgumentType]
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in each for each in self._networks)

    def _enter(self, origin: Origin | None) -> asyncio.BaseProtocol:
        service = self._service
        if self._certificates is None:
            return Connection(service, origin)
        if self._is_full():
            return _Turned()
        self._arriving += 1

        def inside() -> Connection:
            self._arrived()
            return Connection(service, origin)

        return TlsLayer(
            inside,
            self._certificates.context,
            True,
            None,
            service.deadlines,
            service.timeouts.tls_handshake,
            on_failed=self._failed,
        )

    def _is_full(self, spare: int = 0) -> bool:
        service = self._service
        return self._arriving + len(service.connections) >= service.limits.max_connections + spare

    def _arrived(self) -> None:
        self._arriving -= 1

    def _failed(self, error: Exception) -> None:
        self._arrived()

    def _report(self, error: Exception) -> None:
        log.error("a certificate cannot be used, the old ones stay", listener=self._settings.address, fault=str(error))


class _Turned(asyncio.Protocol):
    """Cuts off a caller for whom there is no room, before a PROXY header or TLS costs anything."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Cut it off."""
        transport.abort()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
