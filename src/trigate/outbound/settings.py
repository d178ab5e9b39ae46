"""What an operator may set about calls to upstreams."""

import ipaddress
from typing import Literal

from trigate.core.settings import Duration, Secret, Settings, Size


class Timeouts(Settings, frozen=True, kw_only=True):
    """How long each phase of a call may take."""

    connect: Duration = Duration(5)
    """Looking up the name and opening the connection, all addresses together."""
    tls: Duration = Duration(5)
    """The TLS handshake, and before it the proxy's consent to a tunnel."""
    first_byte: Duration = Duration(60)
    """From the request sent to the final head of the answer."""
    between_bytes: Duration = Duration(60)
    """Between two pieces of the answer, and while the upstream takes no more of the request."""
    tunnel: Duration = Duration(3600)
    """Silence of an upgraded connection (such as a WebSocket) in the direction from the upstream."""
    total: Duration | None = None
    """The whole call, from the request's first byte to the answer's last; no limit if left out."""


class PoolSettings(Settings, frozen=True, kw_only=True):
    """How connections to one origin are kept and shared."""

    idle: Duration = Duration(60)
    """An unused connection is closed after this, or earlier if the upstream says so in `Keep-Alive`."""
    max_idle: int = 128
    """Most unused connections kept per origin."""
    max_connections: int = 1024
    """Most connections open at once per origin; further calls wait their turn."""
    max_waiting: int = 1024
    """Most calls waiting for a connection to one origin; further ones are refused at once."""
    wait: Duration = Duration(10)
    """How long a call waits for its turn."""

    def __post_init__(self) -> None:
        if self.max_connections < 1:
            raise ValueError("max_connections must be at least 1")
        if self.max_idle < 0 or self.max_waiting < 0:
            raise ValueError("max_idle and max_waiting cannot be negative")


class TlsSettings(Settings, frozen=True, kw_only=True):
    """Whom to trust, and what to prove, when the URL is https."""

    verify: bool = True
    """Check the upstream's certificate and name; switching it off lets anyone in between read and change everything."""
    ca_file: str = ""
    """PEM file of authorities to trust in place of those of the system."""
    ca_system: bool = False
    """Trust the authorities of the system besides those of `ca_file`."""
    certificate_file: str = ""
    """PEM file with the client certificate and its chain, for upstreams that ask for one."""
    key_file: str = ""
    """PEM file with the key of the client certificate, if it is not in the same file."""
    key_password: Secret | None = None
    """Password of the key."""
    minimum: Literal["1.2", "1.3"] = "1.2"
    """Oldest TLS version accepted."""
    name: str = ""
    """Name to ask for and check in place of the host of the URL."""


class ProxySettings(Settings, frozen=True, kw_only=True):
    """HTTP proxies between the gateway and its upstreams."""

    environment: bool = True
    """Take HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY from the environment where nothing is set here."""
    http: Secret | None = None
    """Proxy for http URLs, `http://[user:password@]host:port`."""
    https: Secret | None = None
    """Proxy for https URLs, asked for a tunnel; TLS runs between the gateway and the upstream."""
    no_proxy: tuple[str, ...] = ()
    """Hosts reached without proxy: names, `.suffixes`, addresses, networks, or `*`."""


class EgressSettings(Settings, frozen=True, kw_only=True):
    """Where connections may go."""

    allow: tuple[str, ...] = ()
    """Networks that URLs from outside may reach although they are not public, such as `10.1.0.0/16`."""
    names: tuple[str, ...] = ()
    """Hosts that URLs from outside may name although their names are not public ones, such as `sso.corp.internal` or
    `*.lan`; their addresses must be public or in `allow`."""
    deny: tuple[str, ...] = ()
    """Networks that nothing may reach, not even URLs of this file."""

    def __post_init__(self) -> None:
        for network in (*self.allow, *self.deny):
            ipaddress.ip_network(network)


class DnsSettings(Settings, frozen=True, kw_only=True):
    """How long looked-up addresses are used."""

    ttl: Duration = Duration(30)
    """A name is looked up again after this."""
    stale: Duration = Duration(300)
    """While looking up fails, the last answer is used for at most this long after its time."""


class OutboundSettings(Settings, frozen=True, kw_only=True):
    """Calls to upstreams."""

    timeouts: Timeouts = Timeouts()
    """How long each phase of a call may take, where a target does not say."""
    pool: PoolSettings = PoolSettings()
    """How connections are kept and shared."""
    tls: TlsSettings = TlsSettings()
    """Whom to trust on https, where a target does not say."""
    proxy: ProxySettings = ProxySettings()
    """HTTP proxies on the way."""
    egress: EgressSettings = EgressSettings()
    """Where connections may go."""
    dns: DnsSettings = DnsSettings()
    """How long looked-up addresses are used."""
    max_head: Size = Size(64 * 1024)
    """Most bytes of an answer's head, informational heads included, or of its trailers."""
    max_fields: int = 256
    """Most header fields of an answer's head, or of its trailers."""
