"""Identifiers of exchanges and calls: unique, ordered within a process, cheap."""

import itertools
import os


class Ids:
    """`<random prefix of this process><counter>`: unguessable is not their job, uniqueness is."""

    __slots__ = ("_count", "_prefix")

    def __init__(self) -> None:
        self._prefix = os.urandom(8).hex()
        self._count = itertools.count(1)

    def next(self) -> str:
        """A new identifier of 24 hexadecimal characters."""
        return f"{self._prefix}{next(self._count):08x}"
