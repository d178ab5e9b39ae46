"""Writes the head of a request, and never one that could be read as two."""

from trigate.core.errors import InternalError
from trigate.core.fields import HOP_BY_HOP, is_token, options
from trigate.core.parts import Headers
from trigate.outbound.response import listed

_SPECIAL = HOP_BY_HOP | {b"host", b"content-length", b"expect"}
_EXPECTS_LENGTH = frozenset((b"POST", b"PUT", b"PATCH"))
_METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"))

CHUNKED = -1
"""Length of a body that is sent in chunks."""
NO_BODY = -2
"""Length of a body that is not there at all."""


class Special:
    """What is unusual about a request's fields."""

    __slots__ = ("expects", "host", "trailers")

    def __init__(self) -> None:
        self.host: bytes | None = None
        self.expects = False
        self.trailers = False


_USUAL = Special()


def end_to_end(headers: Headers) -> tuple[Headers, Special]:
    """The fields that go on as they are, and what the others asked for (RFC 9110 §7.6.1)."""
    plain = [pair for pair in headers if pair[0] not in _SPECIAL]
    if len(plain) == len(headers):
        return headers, _USUAL
    special = Special()
    named = listed(headers)
    for name, value in headers:
        if name == b"host":
            special.host = value
        elif name == b"expect":
            special.expects = value.lower() == b"100-continue"
        elif name == b"te":
            special.trailers = b"trailers" in options(value)
    if named:
        plain = [pair for pair in plain if pair[0] not in named]
    return plain, special


def write_head(
    method: bytes, target: bytes, host: bytes, headers: Headers, length: int, upgrade: bytes = b""
) -> tuple[bytes, bool]:
    """The bytes of the head, and whether the body waits for 100; `host` is what `Host` says unless `headers` has one.

    Raises InternalError if a field could break the message apart.
    """
    plain, special = end_to_end(headers)
    waits = special.expects and length not in (0, NO_BODY)
    lines = [b"%b %b HTTP/1.1\r\nhost: %b" % (method, target, special.host or host), *map(b": ".join, plain)]
    if length > 0 or (length != CHUNKED and method in _EXPECTS_LENGTH):
        lines.append(b"content-length: %d" % max(0, length))
    elif length == CHUNKED:
        lines.append(b"transfer-encoding: chunked")
    if waits:
        lines.append(b"expect: 100-continue")
    count = len(lines) + 2
    if upgrade or special.trailers:
        lines.append(b"connection: upgrade\r\nupgrade: " + upgrade if upgrade else b"connection: te\r\nte: trailers")
        count += 2
    lines.append(b"\r\n")
    head = b"\r\n".join(lines)
    _check(method, target, head, count)
    return head, waits


def _check(method: bytes, target: bytes, head: bytes, lines: int) -> None:
    """One look at the whole finds a line break or NUL in any part of it."""
    if head.count(b"\n") != lines or head.count(b"\r") != lines or b"\0" in head:
        raise InternalError("a field with a line break or NUL was about to be sent upstream")
    if b" " in target or not target:
        raise InternalError("an empty target, or one with a space, was about to be sent upstream")
    if method not in _METHODS and not is_token(method):
        raise InternalError("an invalid method was about to be sent upstream")
