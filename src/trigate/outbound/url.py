"""Reads upstream URLs, refusing whatever two readers could understand differently."""

import re
from typing import Literal

from msgspec import Struct

from trigate.outbound.egress import address_of

_LABELS = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")
_PORTS = {"http": 80, "https": 443}


class Url(Struct, frozen=True):
    """An upstream's address and the prefix of its paths."""

    scheme: Literal["http", "https", "unix"]
    host: str
    """Lower case, an IPv6 address without brackets; empty for a Unix socket."""
    port: int
    path: str
    """The prefix without a final slash, or the path of the socket."""

    @property
    def authority(self) -> str:
        """What `Host` says: the port only where it is not the scheme's own."""
        if self.scheme == "unix":
            return "localhost"
        return self.host_text if self.port == _PORTS[self.scheme] else f"{self.host_text}:{self.port}"

    @property
    def host_text(self) -> str:
        """The host as it is written in a URL."""
        return f"[{self.host}]" if ":" in self.host else self.host


def read_url(text: str) -> Url:
    """`http(s)://host[:port][/prefix]` or `unix:/path`; raises ValueError, whose text never shows a password."""
    scheme, separator, rest = text.partition(":")
    if scheme == "unix" and rest.startswith("/"):
        return Url("unix", "", 0, rest)
    if scheme not in ("http", "https") or not separator or not rest.startswith("//"):
        raise ValueError("a URL starts with http://, https:// or unix:/")
    authority, slash, path = rest[2:].partition("/")
    if "@" in authority:
        raise ValueError("a URL may not hold a user or password; set a credential instead")
    host, port = _read_authority(authority, _PORTS[scheme])
    return Url(scheme, host, port, _read_path(slash + path))


def _read_authority(authority: str, default: int) -> tuple[str, int]:
    host, port = authority, ""
    if authority.startswith("["):
        host, bracket, rest = authority[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")) or ":" not in host:
            raise ValueError("an address in brackets must be IPv6, as in http://[2001:db8::1]:80")
        port = rest[1:]
    elif ":" in authority:
        host, _, port = authority.partition(":")
    if authority.endswith(":") or (port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise ValueError("the port must be a number from 1 to 65535")
    return _read_host(host.lower(), authority.startswith("[")), int(port or default)


def _read_host(host: str, bracketed: bool) -> str:
    address = address_of(host)
    if bracketed:
        if address is None or "%" in host:
            raise ValueError("the host is not an IPv6 address")
        return str(address)
    if address is None and (len(host) > 253 or not _LABELS.fullmatch(host)):
        raise ValueError("the host is not a valid name (letters, digits, hyphens, dots; write IDNs as xn--…)")
    return host


def _read_path(path: str) -> str:
    if "?" in path or "#" in path:
        raise ValueError("an upstream URL has no query and no fragment")
    if not _PATH.fullmatch(path):
        raise ValueError("the path has characters that must be percent-encoded")
    if any(segment.lower().replace("%2e", ".") in (".", "..") for segment in path.split("/")):
        raise ValueError("the path may not contain . or .. segments")
    return path.rstrip("/")
