"""The outline of a message that was read once: the next one of the same make is recognised without reading it anew."""

import re

import msgspec
from msgspec import Raw, Struct

from trigate.mcp.envelope import Members, read, read_params

_ID = b"\0"
_ARGUMENTS = b"\1"
"""Marks of the two places that differ: JSON has no raw control characters, so they cannot be part of the text."""
_STYLES = ((b",", b":"), (b", ", b": "))
"""What stands between members, and between a member's name and its value: as most encoders write, and Python's."""

_is_id = re.compile(rb'-?(?:0|[1-9][0-9]*)|"[A-Za-z0-9_.:/-]*"').fullmatch
_value = msgspec.json.Decoder(Raw).decode


class Stencil(Struct, frozen=True, eq=False):
    """The text of a request but for its id and arguments.

    The grammar of JSON makes this exact: where the text around two whole values is that of a message that was read
    before, byte for byte, all that was found out about that message beside the two values holds for this one.
    """

    before: bytes
    between: bytes
    after: bytes
    id_first: bool
    """Whether the id stands before the arguments."""

    def __len__(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)

    def read(self, body: bytes) -> tuple[bytes, bytes] | None:
        """Id and arguments of a message of this make; None for one that must be read in full."""
        if not (body.startswith(self.before) and body.endswith(self.after)):
            return None
        between, start, end = self.between, len(self.before), len(body) - len(self.after)
        place = body.find(between, start, end) if self.id_first else body.rfind(between, start, end)
        if place < 0:
            return None
        first, second = body[start:place], body[place + len(between) : end]
        id, arguments = (first, second) if self.id_first else (second, first)
        return (id, arguments) if _is_id(id) and _is_value(arguments) else None


def trace(body: bytes) -> Stencil | None:
    """The stencil of a message that has been understood; None if it is written in an unusual way."""
    found = read(body)
    if isinstance(found, list) or not {"id", "params"} <= found.keys():
        return None
    params = read_params(found["params"])
    if "arguments" not in params:
        return None
    for style in _STYLES:
        text = _write({**found, "id": _ID, "params": _write({**params, "arguments": _ARGUMENTS}, style)}, style)
        if text.replace(_ID, found["id"]).replace(_ARGUMENTS, params["arguments"]) == body:
            return _cut(text)
    return None


def _cut(text: bytes) -> Stencil:
    id_first = text.index(_ID) < text.index(_ARGUMENTS)
    before, between, after = re.split(rb"[\0\1]", text)
    return Stencil(before, between, after, id_first)


def _write(found: Members | dict[str, bytes | Raw], style: tuple[bytes, bytes]) -> bytes:
    comma, colon = style
    return b"{%b}" % comma.join([b'"%b"%b%b' % (key.encode(), colon, value) for key, value in found.items()])


def _is_value(text: bytes) -> bool:
    try:
        if not text.isascii():
            str(text, "utf-8")
        _value(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
