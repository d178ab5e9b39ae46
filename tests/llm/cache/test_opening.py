"""A cache is made only where somebody wants one, and then on the shelf that is named."""

import asyncio
from typing import Any, cast

import pytest
from msgspec import structs

from tests.llm.scene import settings
from tests.store.counters.surroundings import surroundings
from trigate.core.bus import Service
from trigate.core.errors import BadConfig
from trigate.core.shelf import ALL, CLEAR
from trigate.core.surroundings import Surroundings
from trigate.llm.cache.opening import open_cache
from trigate.llm.cache_settings import CacheSettings
from trigate.llm.settings import LlmSettings, Model
from trigate.store.depot import Shelves
from trigate.store.settings import StoreSettings


class FakeBus:
    """Keeps what is offered."""

    def __init__(self) -> None:
        self.offered: dict[str, Service] = {}

    def offer(self, name: str, service: Service) -> None:
        self.offered[name] = service


def around(bus: FakeBus | None = None) -> Surroundings:
    made = surroundings()
    return structs.replace(made, bus=cast("Any", bus or FakeBus()))


async def test_there_is_none_unless_somebody_wants_one():
    near = around()
    assert open_cache(settings(), None, near) is None
    assert open_cache(settings(cache=CacheSettings(every_model=False)), None, near) is None
    models = {"fast": Model(targets="openai/gpt-mini", cache=True)}
    for made in (settings(cache=CacheSettings()), settings(models=models)):
        assert open_cache(made, None, near) is not None


async def test_a_reload_keeps_what_is_in_memory():
    near = around()
    shelves = Shelves(StoreSettings(), near)
    made: LlmSettings = settings(cache=CacheSettings())
    one, other = (cast("Any", open_cache(made, shelves, near))._shelf for _ in range(2))
    assert one is other
    await asyncio.sleep(0)


async def test_a_shelf_that_there_cannot_be_is_told_at_load():
    near = around()
    with pytest.raises(BadConfig, match="redis"):
        open_cache(settings(cache=CacheSettings(shelf="redis")), Shelves(StoreSettings(), near), near)


async def test_a_worker_that_is_told_to_forget_does():
    bus, nothing = FakeBus(), cast("Any", None)
    near = around(bus)
    cache: Any = open_cache(settings(cache=CacheSettings()), Shelves(StoreSettings(), near), near)
    first, second = (cache._keys.key((name, ""), ["x"]) for name in ("a", "b"))
    for told, left in ((b"c", [b"1", b"1"]), (b"a", [None, b"1"]), (ALL, [None, None])):
        for key in (first, second):
            await cache._shelf.put(key, b"1", 60)
        await bus.offered[CLEAR](nothing, told)
        assert [await cache._shelf.get(key) for key in (first, second)] == left
