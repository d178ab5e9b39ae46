"""HTTP proxies on the way: which one, and the tunnel through it."""

import asyncio
import base64
import ipaddress
import os
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from trigate.core.errors import BadConfig, UpstreamProtocolError, UpstreamUnreachable
from trigate.core.settings import Secret
from trigate.outbound.egress import address_of
from trigate.outbound.settings import ProxySettings
from trigate.outbound.url import Url

MAX_CONSENT = 16 * 1024
"""Most bytes of a proxy's answer to CONNECT."""


class HttpProxy(Struct, frozen=True):
    """Where a proxy is and what it wants to hear."""

    host: str
    port: int
    authorization: Secret | None = None
    """Value of `Proxy-Authorization`."""

    @property
    def field(self) -> bytes:
        """The authorization as a field line, or nothing."""
        if self.authorization is None:
            return b""
        return b"proxy-authorization: " + self.authorization.reveal().encode("latin-1") + b"\r\n"


def proxy_for(url: Url, settings: ProxySettings, environment: Mapping[str, str] | None = None) -> HttpProxy | None:
    """The proxy that leads to `url`, or None; raises BadConfig if it is not an http URL."""
    if url.scheme == "unix":
        return None
    told = settings.http if url.scheme == "http" else settings.https
    where = told.reveal() if told else ""
    names = os.environ if environment is None else environment  # noqa: TID251 - proxies are named there by old convention
    bypass = settings.no_proxy
    if settings.environment and not where and not _is_here(url.host):
        where = _variable(names, f"{url.scheme}_proxy") or _variable(names, "all_proxy")
    if settings.environment:
        bypass += tuple(_variable(names, "no_proxy").replace(" ", ",").split(","))
    if not where or any(_covers(entry, url) for entry in bypass if entry):
        return None
    return _read(where)


def _is_here(host: str) -> bool:
    """Whether the host is this machine, to which variables meant for the network do not apply."""
    address = address_of(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _variable(names: Mapping[str, str], name: str) -> str:
    if name == "http_proxy" and "REQUEST_METHOD" in names:
        return names.get(name, "")  # under CGI callers can set HTTP_PROXY (CVE-2016-5385)
    return names.get(name) or names.get(name.upper(), "")


def _covers(entry: str, url: Url) -> bool:
    entry = entry.strip().lower()
    if entry == "*":
        return True
    name, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and ":" not in name.strip("[]") and int(port) != url.port:
        return False
    name = (name if colon and port.isdigit() and ":" not in name else entry).strip("[]")
    address = address_of(url.host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(name, strict=False)
        except ValueError:
            return False
    name = name.removeprefix("*").removeprefix(".")
    return bool(name) and (url.host == name or url.host.endswith(f".{name}"))


def _read(where: str) -> HttpProxy:
    try:
        parts = urlsplit(where if "://" in where else f"http://{where}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme != "http" or not host:
        raise BadConfig("a proxy is given as http://[user:password@]host:port")
    secret = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        secret = Secret("Basic " + base64.b64encode(pair.encode()).decode())
    return HttpProxy(host, port or 80, secret)


class Tunnel(asyncio.Protocol):
    """Asks a proxy for a tunnel, then leaves the transport to the protocol that `make` makes."""

    __slots__ = ("_heard", "_make", "_opened", "_request", "_transport")

    def __init__(
        self, proxy: HttpProxy, authority: str, make: Callable[[], Any], opened: "asyncio.Future[Any]"
    ) -> None:
        name = authority.encode("ascii")
        self._request = b"CONNECT %b HTTP/1.1\r\nhost: %b\r\n%b\r\n" % (name, name, proxy.field)
        self._make = make
        self._opened = opened
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the tunnel."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read the proxy's answer; the upstream speaks only when spoken to, so nothing may follow it."""
        self._heard += data
        head, end, rest = self._heard.partition(b"\r\n\r\n")
        if not end and len(self._heard) <= MAX_CONSENT:
            return
        status = head[9:12]
        if not end or rest or head[:9] not in (b"HTTP/1.1 ", b"HTTP/1.0 ") or not status.isdigit():
            self._refuse(UpstreamProtocolError("the proxy's answer to CONNECT is not valid"))
        elif status[:1] != b"2":
            self._refuse(UpstreamUnreachable(f"the proxy refused a tunnel with status {int(status)}"))
        else:
            inner = self._make()
            self._transport.set_protocol(inner)
            inner.connection_made(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The proxy hung up."""
        self._refuse(UpstreamUnreachable("the proxy closed the connection before it opened a tunnel"))

    def _refuse(self, error: Exception) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)
        self._transport.close()
