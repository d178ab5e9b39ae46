"""Which counters the settings mean."""

from pathlib import Path

from tests.store.counters.surroundings import surroundings
from trigate.core.settings import Secret
from trigate.store.counter import Claim, Law, open_counters
from trigate.store.counters.redis import Redis
from trigate.store.redis_tally import RedisTally
from trigate.store.settings import StoreSettings
from trigate.store.shared_tally import SharedTally
from trigate.store.table_file import table_path
from trigate.store.tally import Tally


async def test_one_worker_counts_in_its_memory(tmp_path: Path):
    assert isinstance(open_counters(StoreSettings(directory=str(tmp_path)), 1, surroundings()), Tally)


async def test_several_workers_share_one_table(tmp_path: Path):
    settings, claim = StoreSettings(directory=str(tmp_path)), Claim("budget", Law("window", 10))
    first, second = open_counters(settings, 2, surroundings()), open_counters(settings, 2, surroundings())
    assert isinstance(first, SharedTally)
    first.add([claim], [7], 1)
    assert second.look([Claim("budget", Law("window", 10))], 1)[0].settled == 7  # type: ignore[index]
    first.drain()
    second.drain()
    assert not table_path(str(tmp_path)).exists()


async def test_redis_is_asked_when_it_is_needed_first(tmp_path: Path):
    settings = StoreSettings(directory=str(tmp_path), counters=Redis(url=Secret("redis://localhost:1")))
    assert isinstance(open_counters(settings, 2, surroundings()), RedisTally)


async def test_counters_live_on_over_a_reload(tmp_path: Path):
    around = surroundings()
    settings = StoreSettings(directory=str(tmp_path))
    assert open_counters(settings, 1, around) is open_counters(settings, 1, around)
