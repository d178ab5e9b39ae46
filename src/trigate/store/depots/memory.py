"""Keyed bytes in the memory of one worker."""

from trigate.core.settings import Size
from trigate.core.shelf import Shelf
from trigate.store.depot import Depot, Ground
from trigate.store.memory_shelf import MemoryShelf


class Memory(Depot):
    """Kept in the memory of each worker by itself: the fastest, gone with the worker, and unknown to the others."""

    entries: int = 10_000
    """Most things that a worker keeps; those not used for the longest time are forgotten first."""
    size: Size = Size(64 * 2**20)
    """Most bytes of all of them together."""
    largest: Size = Size(2**20)
    """Most bytes of one; what is larger is not kept."""

    def __post_init__(self) -> None:
        if self.entries < 1 or self.size < self.largest:
            raise ValueError("entries must be at least 1, and size at least largest")

    def open(self, name: str, ground: Ground) -> Shelf:
        """Empty at first."""
        return MemoryShelf(self.entries, self.size, self.largest)
