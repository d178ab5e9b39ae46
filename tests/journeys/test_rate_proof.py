"""Rates hold to the last call: over four workers, over two machines, and while the counters are lost."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from tests.journeys.conftest import Gateway
from tests.journeys.hammer import Hammer, check_bucket, check_fixed, check_sliding, most_within
from tests.journeys.load import Site
from tests.store import redis_server

Start = Callable[[str], Gateway]
CAPACITY, BURST, LENGTH = 40, 10, 1.0
ALGORITHMS = ("bucket", "sliding", "fixed")
SMALL, FULL = 3.0, 60.0
"""Seconds of hammering."""
SLOW = 0.3
"""Seconds after which the server counts as lost."""
OUTAGE = 1.5
BACK = 2.0
"""Seconds after which limits are exact again."""


def limited(port: int, *, workers: int = 1, store: dict[str, Any] | None = None) -> str:
    """A gateway with a route for each algorithm."""
    limits = [
        {"kind": "rate", "name": name, "requests": CAPACITY, "window": "1s", "algorithm": name, "route": name}
        for name in ALGORITHMS
    ]
    limits[0]["burst"] = BURST
    routes = {
        name: {"match": {"path": f"/{name}"}, "targets": [{"url": f"http://127.0.0.1:{port}/page"}]}
        for name in ALGORITHMS
    }
    sections: dict[str, Any] = {
        "inbound": {"listen": "127.0.0.1:<port>", "workers": workers},
        "policy": {"authenticators": [{"kind": "anonymous", "lanes": ["api"]}], "limits": limits},
        "api": {"routes": routes},
    } | ({"store": store} if store else {})  # fmt: skip
    return "".join(f"{name}: {json.dumps(section)}\n" for name, section in sections.items())


def counted_by(redis: redis_server.Server, **more: Any) -> dict[str, Any]:
    counters = {"kind": "redis", "url": redis.url, "timeout": f"{int(SLOW * 1000)}ms", "share": "1/2", **more}
    return {"counters": counters}


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    found = Site()
    server = await found.start()
    yield found
    server.close()


async def hammered(gateways: Sequence[Gateway], names: Iterable[str], seconds: float) -> dict[str, Hammer]:
    """What came of asking all gateways at the same time, by algorithm."""
    hammers = {name: Hammer([each.port for each in gateways], f"/{name}") for name in names}
    async with AsyncExitStack() as stack:
        for each in hammers.values():
            await stack.enter_async_context(each.striking())
        await asyncio.sleep(seconds)
    return hammers


def judge(hammers: dict[str, Hammer]) -> None:
    for name, hammer in hammers.items():
        assert {each.status for each in hammer.attempts} == {200, 429}
        print(f"{name}: {len(hammer.admitted)} of {len(hammer.attempts)}, ", end="")
        print(f"most in any second {most_within(hammer.admitted, LENGTH)} of {CAPACITY}")
    check_bucket(hammers["bucket"], CAPACITY, LENGTH, BURST)
    check_sliding(hammers["sliding"], CAPACITY, LENGTH)
    check_fixed(hammers["fixed"], CAPACITY, LENGTH)


async def prove_four_workers(start: Start, seconds: float) -> None:
    async with site() as upstream:
        running = await asyncio.to_thread(start, limited(upstream.port, workers=4))
        judge(await hammered([running], ALGORITHMS, seconds))


async def test_four_workers_admit_what_one_would(gateway: Start) -> None:
    await prove_four_workers(gateway, SMALL)


@pytest.mark.proof
@pytest.mark.timeout(180)
async def test_four_workers_admit_what_one_would_for_a_minute(gateway: Start) -> None:
    await prove_four_workers(gateway, FULL)


async def prove_two_machines(start: Start, redis: redis_server.Server, seconds: float) -> None:
    async with site() as upstream:
        text = limited(upstream.port, store=counted_by(redis, timeout="5s"))
        gateways = [await asyncio.to_thread(start, text) for _ in range(2)]
        judge(await hammered(gateways, ALGORITHMS, seconds))


async def test_two_machines_on_one_redis_admit_what_one_would(gateway: Start, redis: redis_server.Server) -> None:
    await prove_two_machines(gateway, redis, SMALL)


@pytest.mark.proof
@pytest.mark.timeout(180)
async def test_two_machines_on_one_redis_for_a_minute(gateway: Start, redis: redis_server.Server) -> None:
    await prove_two_machines(gateway, redis, FULL)


HARMS: dict[str, tuple[Callable[[redis_server.Server], None], Callable[[redis_server.Server], None]]] = {
    "frozen": (redis_server.Server.freeze, redis_server.Server.thaw),
    "killed": (redis_server.Server.stop, redis_server.Server.start),
    "wiped": (redis_server.Server.wipe, lambda _: None),
}


async def prove_outage(start: Start, redis: redis_server.Server, policy: str, harm: str) -> None:
    async with site() as upstream:
        text = limited(upstream.port, store=counted_by(redis, on_loss=policy))
        gateways = [await asyncio.to_thread(start, text) for _ in range(2)]
        hammer = Hammer([each.port for each in gateways], "/sliding")
        harming, healing = HARMS[harm]
        async with hammer.striking():
            await asyncio.sleep(1)
            harmed = time.time()
            await asyncio.to_thread(harming, redis)
            await asyncio.sleep(OUTAGE)
            await asyncio.to_thread(healing, redis)
            healed = time.time()
            await asyncio.sleep(BACK + 2 * LENGTH)
        judge_outage(hammer, policy, (harmed, healed), lost=harm != "wiped")


def judge_outage(hammer: Hammer, policy: str, outage: tuple[float, float], *, lost: bool) -> None:
    """Never without a limit, by the policy while there was no server, and exact again in time."""
    harmed, healed = outage
    assert {each.status for each in hammer.attempts} <= {200, 429, 503}
    assert most_within(hammer.admitted, LENGTH) <= 2 * CAPACITY
    during = hammer.between(harmed + SLOW + 0.2, healed)
    if lost:
        alone = [each for each in during if each.status == 200]
        assert bool(alone) == (policy == "share")
        assert most_within(sorted(alone), LENGTH) <= CAPACITY
    after = hammer.between(healed + BACK, time.time())
    assert {each.status for each in after} == {200, 429}
    exact = sorted(each for each in after if each.status == 200)
    assert CAPACITY // 2 < most_within(exact, LENGTH) <= CAPACITY


@pytest.mark.parametrize("policy", ["share", "refuse"])
async def test_a_frozen_redis_is_neither_waited_for_nor_the_end_of_limits(
    gateway: Start, redis: redis_server.Server, policy: str
) -> None:
    await prove_outage(gateway, redis, policy, "frozen")


@pytest.mark.proof
@pytest.mark.parametrize("policy", ["share", "refuse"])
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("again", range(5))
async def test_whatever_happens_to_redis_limits_hold(
    gateway: Start, redis: redis_server.Server, policy: str, harm: str, again: int
) -> None:
    await prove_outage(gateway, redis, policy, harm)
