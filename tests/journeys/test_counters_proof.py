"""A budget of two machines whose counters are killed, frozen and wiped again and again while it is spent."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.conftest import Gateway
from tests.journeys.shop import DIME, DOLLAR, TOKEN, Ledger, Shop, budgeted, buy
from tests.journeys.test_budget_proof import begin, shared
from tests.journeys.test_rate_proof import HARMS
from tests.store import postgres, redis_server

Start = Callable[[str], Gateway]
SMALL, FULL = 20, 200
"""Dollars."""
CALLERS = 8
"""At each machine."""
ENOUGH = 10
"""Calls that are served between two harms, or five times as many that are refused."""
OUTAGE = 0.5
LAST = 40
"""Times that a caller is told that the money is spent before it believes that no more is to be had."""


async def spend(running: Gateway, seen: Counter[int]) -> None:
    """Buy for as long as there is something to be had."""
    refused = 0
    while refused < LAST:
        answer = await buy(running)
        seen[answer.status] += 1
        refused = 0 if answer.status == 200 else refused + (answer.status == 429)
        await asyncio.sleep(0 if answer.status == 200 else 0.05)


async def harm(redis: redis_server.Server, seen: Counter[int], done: asyncio.Event) -> int:
    """One harm after the other; how many there were."""
    for count in itertools.count():
        served, refused = seen[200], seen[429]
        while seen[200] < served + ENOUGH and seen[429] < refused + 5 * ENOUGH:
            if done.is_set():
                return count
            await asyncio.sleep(0.01)
        harming, healing = list(HARMS.values())[count % len(HARMS)]
        await asyncio.to_thread(harming, redis)
        await asyncio.sleep(OUTAGE)
        await asyncio.to_thread(healing, redis)
    raise AssertionError


async def prove(
    start: Start, database: postgres.Server, redis: redis_server.Server, folder: Path, dollars: int, short: int = 0
) -> None:
    """`short`: calls at most that each harm may leave uncounted, because they settle while all counters are lost."""
    store = shared(database, redis, folder, timeout="300ms")
    async with Shop() as shop:
        gateways = [await begin(start, budgeted(shop, dollars=str(dollars), store=store)) for _ in range(2)]
        done, seen = asyncio.Event(), Counter[int]()
        harming = asyncio.create_task(harm(redis, seen, done))
        await asyncio.gather(*(spend(each, seen) for each in gateways for _ in range(CALLERS)))
        done.set()
        harms = await harming
        ledger = Ledger.at(store["url"], folder)
        books = await ledger.until(lambda books: books.paid >= seen[200])
        print(f"{harms} harms, {dict(seen)}, {books.cost / DOLLAR:.2f} of {dollars} dollars spent")
        assert set(seen) <= {200, 429, 503}
        assert books.paid == seen[200]
        assert books.cost == books.balance <= dollars * DOLLAR + harms * short * DIME * TOKEN
        assert books.cost > dollars * DOLLAR - DIME * TOKEN


async def test_a_budget_is_kept_while_its_counters_are_lost(
    gateway: Start, database: postgres.Server, redis: redis_server.Server, tmp_path: Path
) -> None:
    await prove(gateway, database, redis, tmp_path, SMALL, short=2 * CALLERS)


@pytest.mark.proof
@pytest.mark.timeout(1800)
async def test_a_budget_is_kept_while_its_counters_are_lost_again_and_again(
    gateway: Start, database: postgres.Server, redis: redis_server.Server, tmp_path: Path
) -> None:
    await prove(gateway, database, redis, tmp_path, FULL)
