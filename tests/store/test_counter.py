"""Which counters the settings mean."""

from pathlib import Path

from tests.store.counters.surroundings import surroundings
from trigate.store.counter import open_counters
from trigate.store.settings import StoreSettings
from trigate.store.tally import Tally


async def test_one_worker_counts_in_its_memory(tmp_path: Path):
    assert isinstance(open_counters(StoreSettings(directory=str(tmp_path)), 1, surroundings()), Tally)


async def test_counters_live_on_over_a_reload(tmp_path: Path):
    around = surroundings()
    settings = StoreSettings(directory=str(tmp_path))
    assert open_counters(settings, 1, around) is open_counters(settings, 1, around)
