"""What an operator may say about the way in: addresses, TLS, sizes and patience."""

import ipaddress
from typing import Literal

from trigate.core.settings import Duration, Settings, Size
from trigate.inbound.address import Address, parse_address

MOST_WORKERS = 256
SMALLEST_LINE = 1024
"""No limit on a line is lower, so that lines short enough to be remembered are never too long."""


class CertificateSettings(Settings):
    """One certificate of a listener; which of several is shown depends on the name the caller asks for (SNI)."""

    certificate_file: str
    """PEM file with the certificate and its chain."""
    key_file: str
    """PEM file with the private key."""


class ListenerTls(Settings):
    """TLS of a listener; the files are read anew when they change."""

    certificates: list[CertificateSettings]
    """At least one; the first is shown to callers that name no host or an unknown one."""
    client_ca_file: str = ""
    """PEM file of the authorities whose client certificates are accepted."""
    client_certificates: Literal["none", "optional", "required"] = "none"
    """Whether callers are asked for a certificate of their own."""
    minimum_version: Literal["1.2", "1.3"] = "1.2"
    """Oldest TLS version spoken."""

    def __post_init__(self) -> None:
        if not self.certificates:
            raise ValueError("tls needs at least one entry in `certificates`")
        if self.client_certificates != "none" and not self.client_ca_file:
            raise ValueError("client certificates need `client_ca_file`, the authorities that sign them")


class ListenerSettings(Settings):
    """One address that callers connect to."""

    address: str
    """`127.0.0.1:8080`, `[::1]:8080`, `:8080` for every address, or `unix:/path`."""
    tls: ListenerTls | None = None
    """Speak TLS here; plain HTTP without it."""
    proxy_protocol: bool = False
    """Expect a PROXY protocol header (version 1 or 2) before everything else, from trusted senders only."""
    trusted_senders: list[str] = []
    """Networks such as `10.0.0.0/8` that may send a PROXY protocol header; on a Unix socket everybody may."""

    def __post_init__(self) -> None:
        parsed = parse_address(self.address)
        for each in self.trusted_senders:
            ipaddress.ip_network(each)
        if self.proxy_protocol and not self.trusted_senders and not parsed.path:
            raise ValueError("proxy_protocol needs `trusted_senders`: whoever sends the header decides who is calling")

    @property
    def parsed(self) -> Address:
        """The address in its parts."""
        return parse_address(self.address)


class InboundLimits(Settings):
    """Bounds on what one caller may send before anything is known about it."""

    max_connections: int = 10_000
    """Open connections of one worker; callers beyond them are answered 503 and closed."""
    head: Size = Size(32 * 1024)
    """Bytes of the request line and all header fields together."""
    line: Size = Size(16 * 1024)
    """Bytes of one header field."""
    target: Size = Size(8 * 1024)
    """Bytes of the request target."""
    fields: int = 128
    """Header fields of one request, and trailer fields behind its body."""

    def __post_init__(self) -> None:
        if min(self.head, self.line, self.target) < SMALLEST_LINE:
            raise ValueError(f"a head, line or target limit below {SMALLEST_LINE} bytes would refuse ordinary requests")
        if self.max_connections < 1 or self.fields < 1:
            raise ValueError("max_connections and fields must be at least 1")


class InboundTimeouts(Settings):
    """How long each phase of a connection may take."""

    tls_handshake: Duration = Duration(10)
    """From the connection to the end of the TLS handshake."""
    head: Duration = Duration(10)
    """From the first byte of a request to the end of its header fields, and from the connection to that first byte."""
    body_idle: Duration = Duration(60)
    """Between two pieces of a request body."""
    keep_alive: Duration = Duration(75)
    """Between the end of an answer and the next request."""
    write_stall: Duration = Duration(30)
    """Without the caller taking a single byte of an answer that waits for it."""
    drain: Duration = Duration(30)
    """For answers under way when the gateway is told to stop."""


class InboundSettings(Settings):
    """The way in: where callers connect, and what they may ask of a connection."""

    listen: str | ListenerSettings | list[str | ListenerSettings] = "127.0.0.1:8080"
    """One address or a list; each either the address alone or an object with `address`, `tls` and `proxy_protocol`."""
    workers: int = 1
    """Data processes that share the addresses, about one per processor; at most 256."""
    limits: InboundLimits = InboundLimits()
    """Bounds on the size of requests and the number of connections."""
    timeouts: InboundTimeouts = InboundTimeouts()
    """Bounds on time."""

    def __post_init__(self) -> None:
        if not 1 <= self.workers <= MOST_WORKERS:
            raise ValueError(f"workers must be from 1 to {MOST_WORKERS}")
        addresses = [each.address for each in self.listeners]
        if not addresses:
            raise ValueError("listen needs at least one address")
        if len(set(addresses)) != len(addresses):
            raise ValueError("listen names an address twice")

    @property
    def listeners(self) -> tuple[ListenerSettings, ...]:
        """Every address to listen on, each with its settings."""
        several = self.listen if isinstance(self.listen, list) else [self.listen]
        return tuple(ListenerSettings(address=each) if isinstance(each, str) else each for each in several)
