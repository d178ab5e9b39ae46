"""Reloads under load: no request fails on a fresh or a reused connection, and every stream finishes."""

import asyncio
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.load import RATE, WELL, Site, under_load
from tests.process.scene import Gateway

RELOADS = 1000
PAUSE = 0.2
"""Seconds between two reloads, in which callers go on asking."""
WORKERS = 4
TRIGATE = (str(Path(sys.executable).parent / "trigate"), "serve", "-c")


def sections(site: Site, gateway: Gateway, number: int) -> dict[str, Any]:
    """The configuration of one reload; every fifth changes the way in and so brings new workers."""
    drain = 20 + number // 5
    inbound = {"listen": f"127.0.0.1:{gateway.port}", "workers": WORKERS, "timeouts": {"drain": f"{drain}s"}}
    return {
        "inbound": inbound,
        "policy": {"authenticators": [{"kind": "anonymous", "lanes": ["api"]}]},
        "api": {"routes": {f"all-{number}": {"match": {"path": "/*"}, "targets": [f"http://127.0.0.1:{site.port}"]}}},
    }


async def reload_often(gateway: Gateway, site: Site, count: int) -> None:
    for number in range(1, count + 1):
        gateway.write(**sections(site, gateway, number))
        gateway.signal(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while f"generation={number + 1}\n" not in gateway.log():
            assert time.monotonic() < deadline, gateway.log()
            await asyncio.sleep(0.02)
        await asyncio.sleep(PAUSE)


async def run(directory: Path, reloads: int) -> Counter[str]:
    site, tally = Site(), Counter[str]()
    server = await site.start()
    gateway = Gateway(directory, TRIGATE)
    gateway.write(**sections(site, gateway, 0))
    await asyncio.to_thread(gateway.__enter__)
    try:
        async with under_load(gateway.port, tally):
            await reload_often(gateway, site, reloads)
        assert gateway.log().count("a new configuration serves") == reloads  # each has served, and none was read twice
    finally:
        server.close()
        gateway.__exit__(None, None, None)
    return tally


@pytest.mark.proof
@pytest.mark.timeout(3600)
async def test_a_thousand_reloads_at_500_requests_a_second_lose_nothing(tmp_path: Path):
    begun = time.monotonic()
    tally = await run(tmp_path, RELOADS)
    seconds = time.monotonic() - begun
    reached = tally["answered"] / seconds
    print(f"{RELOADS} reloads of {WORKERS} workers in {seconds:.0f} s, {reached:.0f} of {RATE:.0f}/s: {dict(tally)}")
    assert set(tally) == WELL
    assert tally["answered"] > 10 * RELOADS  # how many more it is the machine decides


async def test_a_few_reloads_under_load_lose_nothing(tmp_path: Path):
    tally = await run(tmp_path, 6)
    assert set(tally) == WELL
