"""The kind `store`."""

import pytest

from tests.store.counters.surroundings import surroundings
from trigate.core.settings import Duration, Size
from trigate.store.bus_shelf import BusShelf
from trigate.store.depot import Shelves
from trigate.store.depots.store import Store
from trigate.store.settings import StoreSettings


async def test_it_is_reached_over_the_bus():
    assert isinstance(Shelves(StoreSettings(), surroundings()).open("a", "store"), BusShelf)


@pytest.mark.parametrize(
    "wrong", [{"largest": Size(2**26)}, {"size": Size(10), "largest": Size(20)}, {"timeout": Duration(0)}]
)
def test_bounds_that_cannot_be_kept_are_refused(wrong: dict[str, float]):
    with pytest.raises(ValueError, match=r"at (least|most)"):
        Store(**wrong)  # pyright: ignore[reportArgumentType]
