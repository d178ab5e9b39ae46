"""Writes the events of one stream, each with its number."""

from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode


class Pen:
    """Collects events until they are taken."""

    __slots__ = ("_next", "_written")

    def __init__(self) -> None:
        self._next = 0
        self._written: list[bytes] = []

    def write(self, kind: str, members: dict[str, Any]) -> None:
        """Add an event of this kind."""
        data = _encode({"type": kind, "sequence_number": self._next, **members})
        self._next += 1
        self._written.append(b"event: %b\ndata: %b\n\n" % (kind.encode(), data))

    def take(self) -> bytes:
        """What was written since the last time."""
        written = b"".join(self._written)
        self._written.clear()
        return written
