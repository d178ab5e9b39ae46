"""Makes the cache of a lane from its settings."""

from typing import TYPE_CHECKING

from trigate.core.lane import Lane
from trigate.core.shelf import CLEAR
from trigate.core.surroundings import Surroundings
from trigate.llm.cache.cache import Cache, Policy
from trigate.llm.cache.embedding import Embedder
from trigate.llm.cache_settings import CacheSettings, rule_of
from trigate.llm.settings import LlmSettings
from trigate.store.depot import Shelves
from trigate.store.memory_shelf import MemoryShelf

if TYPE_CHECKING:
    from trigate.policy.call import Calls

SHELF = "llm.cache"
_ALONE = 64 * 2**20


def open_cache(
    settings: LlmSettings,
    shelves: Shelves | None,
    surroundings: Surroundings,
    lane: Lane | None = None,
    calls: "Calls | None" = None,
) -> Cache | None:
    """None if no answer is to be kept; raises BadConfig for a shelf that there cannot be."""
    rules = {name: rule_of(settings.cache, model.cache) for name, model in settings.models.items()}
    other = rule_of(settings.cache, None)
    if other is None and not any(rules.values()):
        return None
    chosen = settings.cache or CacheSettings()
    shelf = shelves.open(SHELF, chosen.shelf) if shelves is not None else MemoryShelf(1000, _ALONE, chosen.largest)
    common = (settings.on_loss, settings.most_output, settings.catalog)
    policy = Policy(rules, other, settings.models, settings.providers, common)
    embedder = Embedder(calls, lane) if calls is not None and lane is not None else None
    cache = Cache(shelf, policy, surroundings, settings.keep_alive, embedder)
    if shelves is not None:
        surroundings.bus.offer(CLEAR, cache.clear)
    return cache
