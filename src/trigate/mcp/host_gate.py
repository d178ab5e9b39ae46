"""The proxy at the end of a sandbox's socket: opens connections to the hosts that are allowed, and to no other."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.errors import EgressDenied
from trigate.core.tasks import spawn
from trigate.mcp.allowed_host import AllowedHosts
from trigate.outbound.egress import Egress
from trigate.outbound.resolver import Resolver

_LARGEST_HEAD = 16384
_SECONDS = 10.0
"""For the request and the connection."""
_MOST = 64
"""Connections of one command at a time."""
_MOST_TOLD = 100
_PIECE = 65536
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_OWN = re.compile(rb"^(?:proxy-[a-z-]+|connection|keep-alive):[^\n]*\n", re.IGNORECASE | re.MULTILINE)


class _Wanted(Struct):
    """Where a connection shall go, and what is first said there."""

    host: str
    port: int
    first: bytes = b""
    """Empty for a tunnel."""


class _Refused(Exception):
    """The connection is not made: status and text."""


class HostGate:
    """Listens at one socket, for one command.

    A name must lead to public addresses, or to such as the rules for outgoing connections allow; the address that was
    looked at is the one connected to. Only an address that stands in the list itself may be inside.
    """

    def __init__(
        self,
        hosts: tuple[str, ...],
        egress: Egress,
        resolver: Resolver,
        deadlines: Deadlines,
        note: Callable[[str], None],
    ) -> None:
        self._hosts = AllowedHosts(hosts)
        self._egress = egress
        self._resolver = resolver
        self._deadlines = deadlines
        self._note = note
        self._told: set[str] = set()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self, path: str) -> None:
        """Listen; raises OSError."""
        self._server = await asyncio.start_unix_server(self._serve, path, limit=_LARGEST_HEAD)

    def close(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if len(self._open) <= _MOST * 2:
                await self._join(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # one of the two has gone
        finally:
            self._open.discard(writer)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        patience = _Patience(writer, self._deadlines)
        try:
            wanted = _wanted(await reader.readuntil(b"\r\n\r\n"))
            far_reader, far_writer = await self._connect(wanted)
        except _Refused as error:
            writer.write(b"HTTP/1.1 %b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % str(error).encode())
            await writer.drain()
            return
        finally:
            patience.close()
        self._open.add(far_writer)
        try:
            (far_writer if wanted.first else writer).write(wanted.first or b"HTTP/1.1 200 Connected\r\n\r\n")
            upward = spawn(_pump(reader, far_writer), "sandbox upward")
            await _pump(far_reader, writer)
            upward.cancel()
        finally:
            self._open.discard(far_writer)
            far_writer.close()

    async def _connect(self, wanted: _Wanted) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = wanted.host, wanted.port
        if not self._hosts.allows(host, port):
            self._tell(f"{host}:{port}", "which is not among its `hosts`")
            raise _Refused("403 Not among the hosts of this sandbox")
        outside = not self._hosts.is_own(host, port)
        try:
            self._egress.check_host(host, outside)
            for address in await self._resolver.resolve(host):
                self._egress.check_address(address, outside)
                with suppress(OSError):
                    return await asyncio.open_connection(str(address), port, limit=_PIECE)
        except EgressDenied as error:
            self._tell(f"{host}:{port}", error.message)
            raise _Refused("403 This address may not be connected to") from None
        except OSError:
            raise _Refused("502 The name cannot be looked up") from None
        raise _Refused("502 No connection")

    def _tell(self, place: str, reason: str) -> None:
        """Once for each place, so that nobody fills the log."""
        if place not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(place)
            self._note(f"wanted to connect to {place}: {reason}")


class _Patience:
    """Ends a connection that does not get under way."""

    def __init__(self, writer: asyncio.StreamWriter, deadlines: Deadlines) -> None:
        self._writer, self._deadlines = writer, deadlines
        self.deadline = clock.monotonic() + _SECONDS
        deadlines.add(self)

    def expire(self) -> None:
        """It took too long."""
        self.deadline = NEVER
        self._writer.transport.abort()

    def close(self) -> None:
        """It is under way."""
        self._deadlines.discard(self)


def _wanted(head: bytes) -> _Wanted:
    """What a request to a proxy asks for (RFC 9110 §7.7, §9.3.6); raises _Refused."""
    line, _, fields = head.partition(b"\r\n")
    words = line.decode("ascii", "replace").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise _Refused("400 Not a request")
    if words[0] == "CONNECT":
        found = _AUTHORITY.fullmatch(words[1])
        if found is None or not 0 < int(found[2]) < 65536:
            raise _Refused("400 Not a host and port")
        return _Wanted(found[1].strip("[]"), int(found[2]))
    return _plain(words, fields)


def _plain(words: list[str], fields: bytes) -> _Wanted:
    """A request without TLS: it is sent on with the path alone, and the connection serves no other."""
    try:
        url = urlsplit(words[1])
        port = url.port or 80
    except ValueError:
        raise _Refused("400 Not a URL") from None
    if url.scheme != "http" or not url.hostname or url.username is not None:
        raise _Refused("400 Not a URL of a host")
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    first = f"{words[0]} {target} HTTP/1.1\r\nconnection: close\r\n".encode() + _OWN.sub(b"", fields)
    return _Wanted(url.hostname, port, first)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
