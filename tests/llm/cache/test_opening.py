"""A cache is made only where somebody wants one, and then on the shelf that is named."""

import asyncio
from typing import Any, cast

import pytest

from tests.llm.scene import settings
from tests.store.counters.surroundings import surroundings
from trigate.core.errors import BadConfig
from trigate.llm.cache.opening import open_cache
from trigate.llm.cache_settings import CacheSettings
from trigate.llm.settings import LlmSettings, Model
from trigate.store.depot import Shelves
from trigate.store.settings import StoreSettings


async def test_there_is_none_unless_somebody_wants_one():
    around = surroundings()
    assert open_cache(settings(), None, around) is None
    assert open_cache(settings(cache=CacheSettings(every_model=False)), None, around) is None
    models = {"fast": Model(targets="openai/gpt-mini", cache=True)}
    for made in (settings(cache=CacheSettings()), settings(models=models)):
        assert open_cache(made, None, around) is not None


async def test_a_reload_keeps_what_is_in_memory():
    around = surroundings()
    shelves = Shelves(StoreSettings(), around)
    made: LlmSettings = settings(cache=CacheSettings())
    one, other = (cast("Any", open_cache(made, shelves, around))._shelf for _ in range(2))
    assert one is other
    await asyncio.sleep(0)


async def test_a_shelf_that_there_cannot_be_is_told_at_load():
    around = surroundings()
    with pytest.raises(BadConfig, match="redis"):
        open_cache(settings(cache=CacheSettings(shelf="redis")), Shelves(StoreSettings(), around), around)
