"""Upgrades under load: a new program takes over, and no request fails on a fresh or a reused connection."""

import asyncio
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.journeys.load import RATE, WELL, Site, under_load
from tests.journeys.test_reload import TRIGATE, WORKERS, sections
from tests.process.scene import Gateway

UPGRADES = 50


async def upgrade_often(gateway: Gateway, count: int) -> None:
    for number in range(count):
        gateway.signal(signal.SIGUSR2)
        deadline = time.monotonic() + 60
        while f"a new program serves generation={number + 2}\n" not in gateway.log():
            assert time.monotonic() < deadline, gateway.log()
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)


async def run(directory: Path, upgrades: int) -> Counter[str]:
    site, tally = Site(), Counter[str]()
    server = await site.start()
    gateway = Gateway(directory, TRIGATE)
    gateway.write(**sections(site, gateway, 0))
    await asyncio.to_thread(gateway.__enter__)
    try:
        async with under_load(gateway.port, tally):
            await upgrade_often(gateway, upgrades)
        assert await asyncio.to_thread(gateway.stop) == 0
        ids = [line.split(" ", 1)[0] for line in gateway.records()]
        assert len(ids) == sum(tally.values())
        assert "hangs" not in gateway.log()
    finally:
        server.close()
        gateway.__exit__(None, None, None)
    return tally


@pytest.mark.proof
@pytest.mark.timeout(3600)
async def test_fifty_upgrades_at_500_requests_a_second_lose_nothing(tmp_path: Path):
    begun = time.monotonic()
    tally = await run(tmp_path, UPGRADES)
    seconds = time.monotonic() - begun
    reached = tally["answered"] / seconds
    print(f"{UPGRADES} upgrades of {WORKERS} workers in {seconds:.0f} s, {reached:.0f} of {RATE:.0f}/s: {dict(tally)}")
    assert set(tally) == WELL
    assert tally["answered"] > 100 * UPGRADES  # how many more it is the machine decides


@pytest.mark.timeout(120)
async def test_two_upgrades_under_load_lose_nothing(tmp_path: Path):
    tally = await run(tmp_path, 2)
    assert set(tally) == WELL
