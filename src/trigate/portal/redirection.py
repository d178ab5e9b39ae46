"""Where browsers may be led back to: exactly where the client said beforehand (OAuth 2.1 §2.3, RFC 8252)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

LONGEST = 2048
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NEVER = frozenset((
    "about", "blob", "chrome", "data", "file", "filesystem", "ftp", "javascript", "mailto", "vbscript", "view-source",
    "ws", "wss",
))  # fmt: skip
"""Schemes by which a browser would run or show what comes, rather than hand it to a program of its user."""


def check_redirect(uri: str) -> None:
    """Raises ValueError for a redirect URI that no client should have."""
    parts = _split(uri)
    scheme = parts.scheme.lower()
    if len(uri) > LONGEST or not uri.isascii() or not uri.isprintable() or any(each in uri for each in ' \\"<>#*'):
        raise ValueError("a redirect URI has printable ASCII characters only, no `*`, and no fragment")
    if not scheme or scheme in _NEVER or (scheme not in ("http", "https") and not parts.netloc and not parts.path):
        raise ValueError(f"a redirect URI cannot begin with {scheme or uri[:20]!r}")
    if scheme in ("http", "https") and (not parts.hostname or parts.username is not None):
        raise ValueError("a redirect URI names a host, and no user")
    if scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("a redirect URI begins with https://, or leads to this machine's loopback")


def fits(uri: str, registered: Iterable[str]) -> bool:
    """Whether it is one of those, letter by letter; only the port of a loopback address is free (RFC 8252 §7.3)."""
    known = tuple(registered)
    if uri in known:
        return True
    try:
        check_redirect(uri)
    except ValueError:
        return False
    plain = _without_port(uri)
    return plain is not None and any(_without_port(each) == plain for each in known)


def is_local(uri: str) -> bool:
    """Whether it leads to a program on the user's own machine: by loopback, or a scheme of its own."""
    parts = _split(uri)
    return parts.scheme not in ("http", "https") or parts.hostname in LOOPBACK


def _without_port(uri: str) -> tuple[str, str, str] | None:
    parts = _split(uri)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        return None
    return parts.hostname, parts.path, parts.query


def _split(uri: str):
    parts = urlsplit(uri)
    _ = parts.port  # raises ValueError for one that is none
    return parts
