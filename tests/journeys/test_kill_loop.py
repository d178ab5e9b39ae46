"""Processes killed again and again under load: every answer that a caller saw whole is on record, and once."""

import asyncio
import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest
from sqlalchemy import select

from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.shop import Shop, budgeted, buy
from trigate.store import schema
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

WORKERS = 4
CALLERS = 6
WHOLE_EVERY = 20
"""One kill of so many ends all processes at once."""
PAUSE = 0.25
"""Seconds of load between two kills."""


class Callers:
    """Callers who ask one call after the other, and remember what they sent and what they saw whole."""

    def __init__(self, running: Gateway) -> None:
        self.sent = set[str]()
        self.seen = set[str]()
        self._running = running
        self._stopping = False

    async def run(self) -> None:
        await asyncio.gather(*(self._ask() for _ in range(CALLERS)))

    def stop(self) -> None:
        self._stopping = True

    async def _ask(self) -> None:
        while not self._stopping:
            trace = os.urandom(16).hex()
            self.sent.add(trace)
            act = random.choice(["answer", "stream"])
            answer = await buy(self._running, act, 1, trace=trace)
            if answer.status == 200 and answer.whole:
                self.seen.add(trace)
            await asyncio.sleep(0.005 if answer.status else 0.05)


def traces(running: Gateway) -> list[str]:
    """Of all rows of the ledger that cost something."""
    store = Store(StoreSettings(directory=str(running.folder / "trigate-data")))
    try:
        with store.reading() as connection:
            ledger = schema.ledger.c
            return list(connection.execute(select(ledger.trace).where(ledger.cost > 0)).scalars())
    finally:
        store.close()


def victims(running: Gateway) -> list[psutil.Process]:
    """Control process and workers."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(running.process.pid).children()
    return []


async def kill_in_a_loop(start: Callable[[str], Gateway], cycles: int, whole_every: int = WHOLE_EVERY) -> None:
    draw = random.Random(11)
    async with Shop() as shop:
        running = await asyncio.to_thread(start, budgeted(shop, dollars="1000000", workers=WORKERS))
        callers = Callers(running)
        asking = asyncio.create_task(callers.run())
        for cycle in range(1, cycles + 1):
            before = len(callers.seen)
            async with asyncio.timeout(60):
                while len(callers.seen) < before + 5:
                    await asyncio.sleep(0.02)
            await asyncio.sleep(draw.random() * PAUSE)
            if cycle % whole_every == 0:
                await asyncio.to_thread(running.kill)
                running.start()
                await asyncio.to_thread(running.until, running.ready, START_SECONDS)
            elif found := victims(running):
                with suppress(ProcessLookupError):
                    os.kill(draw.choice(found).pid, signal.SIGKILL)
        callers.stop()
        await asyncio.wait_for(asking, 60)
        await judge(running, callers)


async def judge(running: Gateway, callers: Callers) -> None:
    """Answers seen ⊆ ledger ⊆ requests sent, each once."""
    await asyncio.to_thread(running.until, lambda: callers.seen <= set(traces(running)), 30)
    rows = traces(running)
    print(f"{len(callers.sent)} sent, {len(rows)} on record, {len(callers.seen)} answers seen whole")
    assert len(set(rows)) == len(rows)
    assert set(rows) <= callers.sent
    assert callers.seen


async def test_kill_9_of_any_process_loses_no_answer_and_doubles_none(gateway: Callable[[str], Gateway]) -> None:
    await kill_in_a_loop(gateway, 5, whole_every=4)


@pytest.mark.proof
@pytest.mark.timeout(3600)
async def test_a_thousand_times_kill_9_of_any_process(gateway: Callable[[str], Gateway]) -> None:
    await kill_in_a_loop(gateway, int(os.environ.get("TRIGATE_KILLS", "1000")))
