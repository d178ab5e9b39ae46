"""Places where shelves stand, one kind per file: in a worker, in the store, or in Redis."""

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from trigate.core import kinds
from trigate.core.settings import Kind, Secret
from trigate.core.shelf import Shelf
from trigate.core.surroundings import Surroundings

if TYPE_CHECKING:
    from trigate.store.settings import StoreSettings

Place = Literal["memory", "store", "redis"]
"""Kinds that need no word more than their name."""


class Ground(Struct, frozen=True):
    """What shelves stand on."""

    store: "StoreSettings"
    surroundings: Surroundings

    @property
    def server(self) -> Secret | None:
        """The URL of the server that counts for all machines, None if there is none."""
        return getattr(self.store.counters, "url", None)


class Depot(Kind):
    """A place for keyed bytes with a lifetime."""

    def open(self, name: str, ground: Ground) -> Shelf:
        """The shelf of this name; raises BadConfig if there cannot be one."""
        raise NotImplementedError


class Shelves:
    """Gives out shelves: over reloads the same one for the same name and settings."""

    __slots__ = ("_ground",)

    def __init__(self, store: "StoreSettings", surroundings: Surroundings) -> None:
        self._ground = Ground(store, surroundings)

    def open(self, name: str, where: Place | Depot) -> Shelf:
        """The shelf of this name, which no other part of the gateway uses; raises BadConfig if there cannot be one."""
        depot, ground = kinds.find(Depot, where)() if isinstance(where, str) else where, self._ground
        settings = (depot, ground.store)
        return ground.surroundings.keep.adopt(f"shelf.{name}", settings, lambda: depot.open(name, ground))
