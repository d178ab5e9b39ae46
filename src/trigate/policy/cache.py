"""What was worked out once and holds for a while: bounded, and forgotten when its time is over."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Remembers up to `size` values, the oldest being forgotten first.

    A key must hold everything that influences the value: of a credential the digest of all of it, never a part.
    """

    __slots__ = ("_held", "_size")

    def __init__(self, size: int) -> None:
        self._held: dict[K, tuple[float, V]] = {}
        self._size = size

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: K, now: float) -> V | None:
        """The value if it still holds at `now`, in the seconds that `put` was given."""
        found = self._held.get(key)
        if found is None:
            return None
        if found[0] <= now:
            del self._held[key]
            return None
        return found[1]

    def put(self, key: K, value: V, until: float) -> None:
        """Remember `value` until then; a size of 0 remembers nothing."""
        held = self._held
        held.pop(key, None)
        if self._size <= 0:
            return
        while len(held) >= self._size:
            del held[next(iter(held))]
        held[key] = (until, value)

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()
