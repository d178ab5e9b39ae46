"""Identifiers of exchanges and calls: unique, ordered within a process, cheap."""

import itertools
import os

_ENDS = 256
_END = [f"{number:02x}" for number in range(_ENDS)]
"""Identifiers that follow each other differ in their ends, which are made once."""


class Ids:
    """`<random prefix of this process><counter>`: unguessable is not their job, uniqueness is."""

    __slots__ = ("_begin", "_count", "_prefix")

    def __init__(self) -> None:
        self._prefix = self._begin = os.urandom(8).hex()
        self._count = itertools.count(_ENDS)

    def next(self) -> str:
        """A new identifier of 24 hexadecimal characters."""
        count = next(self._count)
        if not count % _ENDS:
            self._begin = f"{self._prefix}{count // _ENDS:06x}"
        return self._begin + _END[count % _ENDS]
