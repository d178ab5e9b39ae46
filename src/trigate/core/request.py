"""The head of what a caller sent, frozen before anything of its body is looked at."""

from typing import Any

from msgspec import Struct

from trigate.core.parts import Headers


class Peer(Struct, frozen=True):
    """Who is at the other end of the connection, as far as the connection itself tells."""

    address: str
    """Source IP address (that of the PROXY protocol header where the listener trusts one), or "unix"."""
    port: int = 0
    tls: bool = False
    server_port: int = 0
    """Port of the listener that accepted the connection; 0 for a Unix socket."""
    certificate: bytes = b""
    """DER of a verified client certificate, empty without one."""


class Request(Struct):
    """Method, target and header fields of one request (RFC 9110 §6.2)."""

    method: bytes
    target: bytes
    """The request target in origin form, path and query as sent."""
    path: bytes
    """The target's path as sent, without query; routing and access decide on this, nothing else."""
    query: bytes
    """After the first `?`, without it; empty if there is none."""
    authority: bytes
    """Lower-cased host and optional port, from `Host` or an absolute target, which agree (RFC 9112 §3.2)."""
    headers: Headers
    """All field lines, hop-by-hop ones included, own `x-trigate-*` fields already removed."""
    fields: dict[bytes, bytes]
    """The last value of each field by name; fields that must be single are known to be single."""
    version: bytes = b"1.1"
    scheme: bytes = b"http"
    upgrade: bytes = b""
    """Protocol asked for by `Upgrade` (with `Connection: upgrade`), empty if none."""
    plan: Any = None
    """What the spine has decided on this head alone; nobody else writes here, and nothing else in a Request changes.

    A connection that sends the same head again gets the same Request, so that nothing is decided twice.
    """
    user: bytes = b""
    """What `x-trigate-user` said: the end user for whom the caller asks; believed only from keys that may say so."""
    wishes: dict[bytes, bytes] = {}
    """What callers ask of the gateway itself, by the rest of the field's name: `cache` for `x-trigate-cache`."""
