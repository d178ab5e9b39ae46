"""The one form of a path on which a route is chosen, and which is sent on."""

import re

_ENCODED = re.compile(rb"%([0-9A-Fa-f]{2})")
_SLASHES = re.compile(rb"/{2,}")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def normalise(path: bytes, merge_slashes: bool) -> bytes:
    """Decode what need not be encoded (RFC 3986 §6.2.2.2), write the rest in upper case, and merge slashes if asked to.

    `/%61dmin` and `/admin` are the same resource to any service, so they must be the same to a route. Encoded
    slashes stay
    encoded: they are data, not borders.
    """
    if b"%" in path:
        path = _ENCODED.sub(_decode, path)
    if merge_slashes and b"//" in path:
        path = _SLASHES.sub(b"/", path)
    return path


def _decode(found: re.Match[bytes]) -> bytes:
    value = int(found[1], 16)
    return bytes((value,)) if value in _UNRESERVED else found[0].upper()
