"""JSON lines: one object after the other, each ended by a line break."""

from collections.abc import Iterator

from trigate.core.errors import UpstreamProtocolError


class LineReader:
    """Cuts bytes into lines, in whatever pieces they come."""

    __slots__ = ("_limit", "_pending", "_size")

    def __init__(self, limit: int) -> None:
        """`limit`: most bytes of a line."""
        self._limit = limit
        self._pending: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that are complete now, without their ends; raises UpstreamProtocolError if one is too long."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = b"".join([*self._pending, lines[0]])
            self._pending, self._size = [], 0
        self._pending.append(rest)
        self._size += len(rest)
        if self._size > self._limit:
            raise UpstreamProtocolError(f"the provider sent a line of more than {self._limit} bytes")
        return (each for each in lines if each.strip())

    def finish(self) -> Iterator[bytes]:
        """The last line, which may have no end."""
        rest, self._pending, self._size = b"".join(self._pending), [], 0
        return iter((rest,) if rest.strip() else ())
