"""Where a passed request goes: a path that nobody can read in two ways, so that what was allowed is what is sent."""

import re

from msgspec import Struct

from trigate.core.errors import BadRequest

PREFIX = b"/passthrough/"
LONGEST = 2048
"""Bytes of a path; longer ones are refused before they reach a rule or a record."""

_PLAIN = re.compile(rb"/(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})*").fullmatch
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_SEGMENTS = re.compile(rb"//|/\.{1,2}(?:/|$)").search
_NEEDLESS = re.compile(rb"[A-Za-z0-9\-._~/\\%]")
"""What means the same without an escape (RFC 3986 §6.2.2.2), or another path behind one more unescaping."""


class Place(Struct, frozen=True):
    """A path of a provider's API."""

    provider: str
    path: bytes
    """As it is sent, from its first slash on."""

    @property
    def resource(self) -> str:
        """What rules call it."""
        return f"provider/{self.provider}{self.path.decode()}"


def read_place(path: bytes) -> Place | None:
    """The place that an address means; None if it is none. Raises BadRequest if it can be read in two ways."""
    if not path.startswith(PREFIX):
        return None
    name, slash, rest = path[len(PREFIX) :].partition(b"/")
    if not slash:
        return None
    rest = slash + rest
    if len(rest) > LONGEST or not _PLAIN(rest) or _SEGMENTS(rest) or any(map(_is_odd, _ESCAPE.findall(rest))):
        raise BadRequest("write the path plainly: no empty or dot segments, no needless escapes, no `;`")
    return Place(name.decode("latin-1"), rest)


def _is_odd(digits: bytes) -> bool:
    """Whether an escape has no place in a path."""
    byte = bytes([int(digits, 16)])
    return byte < b" " or byte == b"\x7f" or digits != digits.upper() or _NEEDLESS.match(byte) is not None
