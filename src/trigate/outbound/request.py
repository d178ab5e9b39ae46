"""Writes the head of a request, and never one that could be read as two."""

import re

from trigate.core.errors import InternalError
from trigate.core.fields import HOP_BY_HOP, is_token, options
from trigate.core.parts import Headers
from trigate.outbound.response import listed

_SPECIAL = HOP_BY_HOP | {b"host", b"content-length", b"expect"}
_EXPECTS_LENGTH = frozenset((b"POST", b"PUT", b"PATCH"))
_METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"))

_UNSAFE = re.compile(rb"[\x00-\x20\x7f]").search

CHUNKED = -1
"""Length of a body that is sent in chunks."""
NO_BODY = -2
"""Length of a body that is not there at all."""


class Block:
    """Fields that go on, checked and serialised once; worth keeping by whoever sends the same ones again and again.

    Hop-by-hop fields are dropped (RFC 9110 §7.6.1). Raises InternalError if a field could break the message apart.
    """

    __slots__ = ("_start", "_started", "expects", "host", "lines", "trailers")

    def __init__(self, headers: Headers) -> None:
        self._started: tuple[bytes, bytes, bytes, int, bytes] | None = None
        self._start = b""
        self.host: bytes | None = None
        """What `Host` says in place of the endpoint's authority."""
        self.expects = False
        self.trailers = False
        plain = [pair for pair in headers if pair[0] not in _SPECIAL]
        if len(plain) != len(headers):
            plain = self._weigh(headers, plain)
        plain_lines = [*map(b": ".join, plain), b""]
        self.lines = b"\r\n".join(plain_lines)
        _check(self.lines, len(plain))

    def _weigh(self, headers: Headers, plain: Headers) -> Headers:
        """Take out what the unusual fields ask for."""
        for name, value in headers:
            if name == b"host":
                if _UNSAFE(value):
                    raise InternalError("an invalid host was about to be sent upstream")
                self.host = value
            elif name == b"expect":
                self.expects = value.lower() == b"100-continue"
            elif name == b"te":
                self.trailers = b"trailers" in options(value)
        named = listed(headers)
        return [pair for pair in plain if pair[0] not in named] if named else plain

    def head(
        self, method: bytes, target: bytes, host: bytes, length: int, upgrade: bytes = b"", extra: bytes = b""
    ) -> bytes:
        """The bytes of a whole head; all but `extra` is kept, because the next request often begins in the same way.

        `host` is what `Host` says unless the fields have one; `extra` are lines of the gateway's own making. Raises
        InternalError if method, target or protocol could break the message apart.
        """
        asked = (method, target, host, length, upgrade)
        if asked != self._started:
            if _UNSAFE(target) or not target or (method not in _METHODS and not is_token(method)) or _UNSAFE(upgrade):
                raise InternalError("an invalid method, target or protocol was about to be sent upstream")
            framing = self._framing(method, length, upgrade)
            self._start = b"%b %b HTTP/1.1\r\nhost: %b\r\n%b%b" % (
                method, target, self.host or host, self.lines, framing
            )  # fmt: skip
            self._started = asked
        return b"".join((self._start, extra, b"\r\n"))

    def waits(self, length: int) -> bool:
        """Whether the body waits for the upstream's consent."""
        return self.expects and length not in (0, NO_BODY)

    def _framing(self, method: bytes, length: int, upgrade: bytes) -> bytes:
        framing = b""
        if length > 0 or (length != CHUNKED and method in _EXPECTS_LENGTH):
            framing = b"content-length: %d\r\n" % max(0, length)
        elif length == CHUNKED:
            framing = b"transfer-encoding: chunked\r\n"
        if self.waits(length):
            framing += b"expect: 100-continue\r\n"
        if upgrade:
            framing += b"connection: upgrade\r\nupgrade: %b\r\n" % upgrade
        elif self.trailers:
            framing += b"connection: te\r\nte: trailers\r\n"
        return framing


def _check(block: bytes, lines: int) -> None:
    """One look at the whole finds a line break or NUL in any part of it."""
    if block.count(b"\r\n") != lines or block.count(b"\n") != lines or block.count(b"\r") != lines or b"\0" in block:
        raise InternalError("a field with a line break or NUL was about to be sent upstream")
