"""Shelves by name."""

from tests.store.counters.surroundings import surroundings
from trigate.core.settings import Secret
from trigate.store.depot import Shelves
from trigate.store.depots.store import Store
from trigate.store.settings import StoreSettings


async def test_a_shelf_in_another_store_is_another_shelf():
    around = surroundings()
    one = Shelves(StoreSettings(), around).open("a", "store")
    assert Shelves(StoreSettings(), around).open("a", Store()) is one
    assert Shelves(StoreSettings(url=Secret("sqlite:///b.db")), around).open("a", "store") is not one
