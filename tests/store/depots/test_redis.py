"""The kind `redis`."""

import pytest

from tests.store.counters.surroundings import surroundings
from trigate.core.errors import BadConfig
from trigate.core.settings import Duration, Secret
from trigate.store.counters.redis import Redis as Counted
from trigate.store.depot import Shelves
from trigate.store.depots.redis import Redis
from trigate.store.redis_shelf import RedisShelf
from trigate.store.settings import StoreSettings


async def test_it_is_the_server_of_the_counters_unless_another_is_named():
    counted = StoreSettings(counters=Counted(url=Secret("redis://counters")))
    own = Redis(url=Secret("redis://own"))
    for shelf in (
        Shelves(counted, surroundings()).open("a", "redis"),
        Shelves(StoreSettings(), surroundings()).open("a", own),
    ):
        assert isinstance(shelf, RedisShelf)
    with pytest.raises(BadConfig, match=r"needs a `url`"):
        Shelves(StoreSettings(), surroundings()).open("a", "redis")


@pytest.mark.parametrize(
    "wrong", [{"url": Secret("http://a")}, {"prefix": "a*"}, {"prefix": ""}, {"timeout": Duration(9)}]
)
def test_what_cannot_be_used_is_refused(wrong: dict[str, object]):
    with pytest.raises(ValueError, match="must"):
        Redis(**wrong)  # pyright: ignore[reportArgumentType]
