"""A shelf in the memory of this process; what was not used for the longest time makes room."""

from collections import OrderedDict

from trigate.core.clock import clock

OVERHEAD = 200
"""Bytes that an entry takes beside its key and value, about."""


class MemoryShelf:
    """See core.shelf.Shelf; `size` and `largest` in bytes. Nothing here ever waits."""

    def __init__(self, entries: int, size: int, largest: int) -> None:
        self._entries = entries
        self._size = size
        self._largest = largest
        self._held: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self.size = 0
        """Bytes held."""

    def __len__(self) -> int:
        return len(self._held)

    async def get(self, key: str) -> bytes | None:
        """What was put there last."""
        found = self._held.get(key)
        if found is None:
            return None
        if found[1] <= clock.monotonic():
            self._forget(key)
            return None
        self._held.move_to_end(key)
        return found[0]

    async def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep it, and forget others if there is no room."""
        self._forget(key)
        if len(value) > self._largest:
            return False
        self._held[key] = value, clock.monotonic() + seconds
        self.size += _cost(key, value)
        while len(self._held) > self._entries or self.size > self._size:
            self._forget(next(iter(self._held)))
        return key in self._held

    async def drop(self, key: str) -> bool:
        """Forget it."""
        return self._forget(key)

    async def clear(self, beginning: str = "") -> int:
        """Forget all whose keys begin so."""
        return sum(map(self._forget, [each for each in self._held if each.startswith(beginning)]))

    def drain(self) -> None:
        """Forget everything."""
        self._held.clear()
        self.size = 0

    def _forget(self, key: str) -> bool:
        found = self._held.pop(key, None)
        if found is not None:
            self.size -= _cost(key, found[0])
        return found is not None


def _cost(key: str, value: bytes) -> int:
    return len(key) + len(value) + OVERHEAD
