"""The head of an answer, from a Head to bytes."""

from http import HTTPStatus

from msgspec import Struct

from trigate.core.errors import InternalError
from trigate.core.fields import HOP_BY_HOP, TOKEN, VALUE, dropped, may_trail
from trigate.core.parts import Head, Headers

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_NOT_COPIED = (HOP_BY_HOP - {b"proxy-authenticate", b"proxy-authentication-info", b"trailer"}) | {
    b"content-length",
    b"date",
    b"x-request-id",  # the spine's, in the sink's extra lines
}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES = {code: f"HTTP/1.1 {code} {_PHRASES.get(code, '')}".encode() for code in range(100, 600)}


class Block(Struct):
    """The part of a head that does not depend on how the body is framed."""

    lines: bytes
    """Status line and fields, each ended by CR LF; without the empty line, the framing and the date."""
    status: int
    length: int
    """What `content-length` promises, -1 without it."""
    date: bytes
    """The line of the `date` it came with, empty without one."""
    sized: bytes
    """The lines with `content-length`; empty if the length is not known, or the status has no body."""
    bodiless: bool
    """The status has no body (RFC 9110 §6.4.1)."""


def encode_head(head: Head) -> Block:
    """Raises InternalError for a head that cannot be sent: who made it did not check its own source."""
    length, date = -1, b""
    lines = [_status_line(head)]
    for name, value in head.headers:
        if name not in _NOT_COPIED:
            lines.append(name + b": " + value)
        elif name == b"content-length":
            length = _length(value, length)
        elif name == b"date":
            date = b"date: %b\r\n" % value
        elif name == b"connection":
            return encode_head(_without_listed(head))
    lines.append(b"")
    block = b"\r\n".join(lines)
    breaks = len(lines) - 1
    if block.count(b"\n") != breaks or block.count(b"\r") != breaks or b"\0" in block:
        raise InternalError("an answer's header field contains a line break or NUL")
    bodiless = head.status in (204, 304)
    sized = b"%bcontent-length: %d\r\n" % (block, length) if length >= 0 and not bodiless else b""
    made = head.encoded = Block(block, head.status, length, date, sized, bodiless)
    return made


def encode_interim(head: Head) -> bytes:
    """A whole informational head; one that switches protocols names the protocol (RFC 9110 §15.2)."""
    lines = encode_head(head).lines
    if head.status != 101:
        return lines + b"\r\n"
    protocol = b", ".join(value for name, value in head.headers if name == b"upgrade")
    if not protocol or VALUE.fullmatch(protocol) is None:
        raise InternalError("an answer that switches protocols does not say to which")
    return b"%bconnection: upgrade\r\nupgrade: %b\r\n\r\n" % (lines, protocol)


def encode_trailers(headers: Headers) -> bytes:
    """Fields after the last chunk; those that would frame or authenticate the answer are left out."""
    lines = [
        b"%b: %b\r\n" % (name, value)
        for name, value in headers
        if may_trail(name) and TOKEN.fullmatch(name) and VALUE.fullmatch(value)
    ]
    return b"".join(lines)


def _status_line(head: Head) -> bytes:
    line = _STATUS_LINES.get(head.status)
    if line is None:
        raise InternalError(f"an answer's status {head.status} is not one")
    if head.reason and not line.endswith(head.reason):
        return b"HTTP/1.1 %d %b" % (head.status, head.reason)
    return line


def _length(value: bytes, before: int) -> int:
    if not (value.isdigit() and len(value) <= 18) or before not in (-1, int(value)):
        raise InternalError("an answer's content-length is not one number")
    return int(value)


def _without_listed(head: Head) -> Head:
    names = dropped(head.headers) - {b"upgrade"}
    return Head(head.status, [each for each in head.headers if each[0] not in names], head.reason)
