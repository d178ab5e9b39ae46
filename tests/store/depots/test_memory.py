"""The kind `memory`."""

import pytest

from tests.store.counters.surroundings import surroundings
from trigate.core.settings import Size
from trigate.store.depot import Shelves
from trigate.store.depots.memory import Memory
from trigate.store.settings import StoreSettings


async def test_a_shelf_outlives_reloads_and_is_the_one_of_its_name():
    shelves = Shelves(StoreSettings(), surroundings())
    one = shelves.open("a", "memory")
    assert shelves.open("a", Memory()) is one
    assert shelves.open("b", "memory") is not one
    await one.put("k", b"v", 60)
    assert await shelves.open("b", "memory").get("k") is None


@pytest.mark.parametrize("wrong", [{"entries": 0}, {"size": Size(10), "largest": Size(20)}])
def test_bounds_that_bound_nothing_are_refused(wrong: dict[str, int]):
    with pytest.raises(ValueError, match="at least"):
        Memory(**wrong)  # pyright: ignore[reportArgumentType]
