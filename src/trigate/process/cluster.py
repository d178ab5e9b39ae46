"""The way to the gateways of other machines: streams of the message bus over TLS, both sides known by certificate."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from trigate.core.bus import BusClosed, Service
from trigate.core.tasks import spawn
from trigate.inbound.address import parse_address
from trigate.process.bus import Link, Services
from trigate.process.settings import ClusterSettings
from trigate.telemetry.log import log

DIAL_SECONDS = 2.0
"""Longest time until a peer is reached."""


class Cluster:
    """Listens to peers and calls them when something is for them; a peer is who its certificate says it is."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, settings: ClusterSettings, offered: Mapping[str, Service]
    ) -> None:
        """`offered` is all that peers may use. Raises OSError or ssl.SSLError if a certificate cannot be used."""
        self._loop = loop
        self._settings = settings
        self._services = Services()
        self._services.offered = offered
        self._called: dict[str, asyncio.Task[None]] = {}
        self._links: dict[str, Link] = {}
        self._callers: set[Link] = set()
        self._server: asyncio.Server | None = None
        self._listening = _context(settings, ssl.Purpose.CLIENT_AUTH)
        self._calling = _context(settings, ssl.Purpose.SERVER_AUTH)
        address = parse_address(settings.listen)
        # Shared, because at an upgrade the successor listens before its predecessor goes.
        self._socket = socket.create_server((address.host, address.port), reuse_port=True)
        self._socket.setblocking(False)

    async def start(self) -> None:
        """Let peers in; nothing happens if they are already."""
        if self._server is None:
            self._server = await self._loop.create_server(
                lambda: _Caller(self, self._loop, self._services),
                sock=self._socket,
                ssl=self._listening,
                ssl_handshake_timeout=DIAL_SECONDS,
            )

    async def reach(self, name: str) -> Link:
        """A link to the peer of this name; raises BusClosed."""
        if name not in self._settings.peers:
            raise BusClosed("no peer has this name")
        if name not in self._links or self._links[name].closed:
            task = self._called.get(name)
            if task is None:
                task = self._called[name] = spawn(self._call(name), f"calling {name}")
                task.add_done_callback(lambda _: self._called.pop(name, None))
            await asyncio.wait({task})
        link = self._links.get(name)
        if link is None or link.closed:
            raise BusClosed("the peer cannot be reached")
        return link

    async def reach_all(self) -> list[Link]:
        """Links to all peers that can be reached."""
        found: list[Link] = []
        tasks = [spawn(self._collect(name, found), f"reaching {name}") for name in self._settings.peers]
        if tasks:
            await asyncio.wait(tasks)
        return found

    def admit(self, link: "_Caller", names: set[str]) -> bool:
        """Whether a peer of one of these names may call."""
        if not names & self._settings.peers.keys():
            log.warning("a caller of the cluster port is no peer", name=" ".join(sorted(names))[:200])
            return False
        self._callers.add(link)
        return True

    def forget(self, link: "_Caller") -> None:
        """A peer has hung up."""
        self._callers.discard(link)

    def drain(self) -> None:
        """Break everything off."""
        if self._server is not None:
            self._server.close()
        self._socket.close()
        for link in [*self._links.values(), *self._callers]:
            link.close()

    async def _collect(self, name: str, found: list[Link]) -> None:
        with suppress(BusClosed):
            found.append(await self.reach(name))

    async def _call(self, name: str) -> None:
        address = parse_address(self._settings.peers[name])
        link = Link(self._loop, Services(), first=1)
        dialing = self._loop.create_connection(
            lambda: link, address.host, address.port, ssl=self._calling, server_hostname=name
        )
        try:
            await asyncio.wait_for(dialing, DIAL_SECONDS)
        except (OSError, ssl.SSLError, TimeoutError) as error:
            log.warning("a peer cannot be reached", peer=name, fault=str(error) or type(error).__name__)
            return
        self._links[name] = link


class _Caller(Link):
    """A link that a peer has opened."""

    def __init__(self, cluster: Cluster, loop: asyncio.AbstractEventLoop, services: Services) -> None:
        super().__init__(loop, services, first=2)
        self._cluster = cluster

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol; whoever is no peer is cut off."""
        super().connection_made(transport)
        if not self._cluster.admit(self, _names(transport.get_extra_info("peercert") or {})):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        super().connection_lost(exc)
        self._cluster.forget(self)


def _names(certificate: dict[str, Any]) -> set[str]:
    return {str(value) for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"}


def _context(settings: ClusterSettings, purpose: ssl.Purpose) -> ssl.SSLContext:
    context = ssl.create_default_context(purpose, cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(settings.certificate_file, settings.key_file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
