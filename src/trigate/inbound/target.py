"""Request lines: method, target and version, refused unless they can be read in one way only.

A path is never rewritten, so that the path on which access was decided is the path that is sent on. Instead, whatever a
server behind the gateway might fold into another path is refused: dot segments however written, empty segments,
backslashes, characters encoded without need, bytes that are not UTF-8. An encoded slash is data inside a segment.
"""

import ipaddress
import re

from msgspec import Struct

from trigate.core.errors import BadRequest, MethodNotAllowed, TargetTooLong

REMEMBERED_BYTES = 256
REMEMBERED_LINES = 1024

_METHOD = re.compile(rb"[A-Z][A-Z0-9_-]{0,31}")
_TARGET = re.compile(rb"[!\"$-~]+")
"""Visible ASCII without `#`: a fragment never leaves its client (RFC 9112 §3.2)."""
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?]*)(.*)")
_AUTHORITY = re.compile(rb"(?:((?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)|\[([0-9a-f:.]+)\])(?::([0-9]{1,5}))?")
"""Labels and dots take turns, so that there is one way only to match, and a long host costs no more than its length."""
_VERSIONS = {b"HTTP/1.1": b"1.1", b"HTTP/1.0": b"1.0"}
_ALLOW = ((b"allow", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),)

_PATH_FAULTS = (
    (re.compile(rb"\\|%5[cC]"), "a backslash"),
    (re.compile(rb"//"), "an empty segment (`//`)"),
    (re.compile(rb"%(?![0-9A-Fa-f]{2})"), "a `%` without two hexadecimal digits"),
    (re.compile(rb"%(?:[01][0-9A-Fa-f]|7[fF])"), "an encoded control character"),
    (re.compile(rb"%(?:3\d|[46][1-9A-Fa-f]|[57][\dAa]|2[dDeE]|5[fF])"), "a character encoded without need"),
    (re.compile(rb"%(?:[cC][01]|[fF][5-9A-Fa-f])"), "bytes that are never UTF-8"),
    (re.compile(rb"(?:\A|/|%2[fF])\.{1,2}(?=/|;|%2[fF]|%3[bB]|\Z)"), "a dot segment"),
)


class RequestLine(Struct, frozen=True):
    """The first line of a request, understood."""

    method: bytes
    target: bytes
    """In origin form."""
    path: bytes
    query: bytes
    version: bytes
    authority: bytes
    """Of a target in absolute form, else empty."""


known: dict[bytes, RequestLine] = {}
"""Lines already found valid; never one with a query, which may hold a secret."""
_authorities: dict[bytes, bytes] = {}


def read_line(line: bytes, limit: int) -> RequestLine:
    """Raises BadRequest, TargetTooLong (beyond `limit` bytes) or MethodNotAllowed."""
    pieces = line.split(b" ")
    if len(pieces) != 3 or pieces[2] not in _VERSIONS:
        raise BadRequest("the first line is not `METHOD target HTTP/1.1`, or HTTP/1.0, with single spaces")
    method, target, version = pieces
    if _METHOD.fullmatch(method) is None:
        raise BadRequest("the method is not a short word in capital letters")
    if method in (b"CONNECT", b"TRACE"):
        raise MethodNotAllowed(f"{method.decode()} is not served", headers=_ALLOW)
    if len(target) > limit:
        raise TargetTooLong(f"the request target is longer than {limit} bytes")
    if _TARGET.fullmatch(target) is None:
        raise BadRequest("the request target contains `#`, a control character or a byte that is not ASCII")
    found = _read_target(method, target, _VERSIONS[version])
    _remember(line, found)
    return found


def _read_target(method: bytes, target: bytes, version: bytes) -> RequestLine:
    authority = b""
    if target[:1] != b"/":
        if target == b"*" and method == b"OPTIONS":
            return RequestLine(method, target, target, b"", version, authority)
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is None:
            raise BadRequest("the request target is neither a path nor an http or https address")
        authority = read_authority(absolute[1])
        target = absolute[2] if absolute[2][:1] == b"/" else b"/" + absolute[2]
    path, _, query = target.partition(b"?")
    refuse_ambiguous(path)
    return RequestLine(method, target, path, query, version, authority)


def refuse_ambiguous(path: bytes) -> None:
    """Raises BadRequest for a path that some server takes for another one."""
    for pattern, fault in _PATH_FAULTS:
        if pattern.search(path):
            raise BadRequest(f"the path contains {fault}; send the path that is meant")


def read_authority(value: bytes) -> bytes:
    """A host and optional port in lower case; raises BadRequest for anything else (RFC 9110 §7.2)."""
    authority = _authorities.get(value)
    if authority is not None:
        return authority
    authority = value.lower()
    found = _AUTHORITY.fullmatch(authority) if len(authority) <= 262 else None
    if found is None or (found[3] and not 0 < int(found[3]) < 65536) or (found[2] and not _is_ipv6(found[2])):
        raise BadRequest("the host is not a valid name or address with an optional port")
    if len(_authorities) >= REMEMBERED_LINES:
        _authorities.clear()
    _authorities[value] = authority
    return authority


def _is_ipv6(text: bytes) -> bool:
    try:
        ipaddress.IPv6Address(text.decode("ascii"))
    except ValueError:
        return False
    return True


def _remember(line: bytes, found: RequestLine) -> None:
    if len(line) <= REMEMBERED_BYTES and b"?" not in line:
        if len(known) >= REMEMBERED_LINES:
            known.clear()
        known[line] = found
