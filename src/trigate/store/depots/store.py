"""Keyed bytes in the database of the store."""

from trigate.core.settings import Duration, Size
from trigate.core.shelf import Shelf
from trigate.store.bus_shelf import BusShelf
from trigate.store.depot import Depot, Ground


class Store(Depot):
    """Kept in the database (`store.url`): all workers know it, with PostgreSQL all machines, and it outlives restarts.

    It stands there as it is: whoever can read the database can read it.
    """

    size: Size = Size(2**30)
    """About the most bytes of all that is kept; what ends first is forgotten first."""
    largest: Size = Size(2**20)
    """Most bytes of one thing; what is larger is not kept."""
    timeout: Duration = Duration(1)
    """Longest wait for the database; one that is slower counts as out of reach."""

    def __post_init__(self) -> None:
        if not self.largest <= 32 * 2**20:
            raise ValueError("largest must be at most 32MiB")
        if self.size < self.largest:
            raise ValueError("size must be at least largest")
        if self.timeout < 0.01:
            raise ValueError("timeout must be at least 10ms")

    def open(self, name: str, ground: Ground) -> Shelf:
        """Asks the control process, which alone speaks to the database."""
        return BusShelf(name, ground.surroundings, self.size, self.largest, self.timeout)
