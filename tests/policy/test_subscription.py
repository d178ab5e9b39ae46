"""A worker's subscription without a control process to talk to; with one, see test_publisher.py."""

import asyncio
from typing import Any

import pytest

from trigate.core.bus import BusClosed
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import StoreUnavailable
from trigate.core.ids import Ids
from trigate.core.surroundings import Surroundings
from trigate.policy.subscription import LONGEST_DELAY, Subscription


class DeadBus:
    """Nobody is at the other end."""

    def __init__(self) -> None:
        self.tries = 0

    async def open(self, service: str, opening: bytes = b"") -> Any:
        self.tries += 1
        raise BusClosed("nobody")


async def test_attempts_become_rarer_but_never_rarer_than_news_may_be_late(monkeypatch: pytest.MonkeyPatch) -> None:
    now, bus = 0.0, DeadBus()
    line: Any = bus
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    nothing: Any = None
    deadlines = Deadlines()
    subscription = Subscription(Surroundings(asyncio.get_running_loop(), deadlines, nothing, nothing, line, Ids()))
    for _ in range(100):
        deadlines.sweep(now)
        await asyncio.sleep(0)
        now += 0.1
    assert 10 / LONGEST_DELAY - 2 <= bus.tries <= 10 / LONGEST_DELAY + 4
    waiter = subscription.wait()
    subscription.drain()
    assert len(deadlines) == 0
    with pytest.raises(StoreUnavailable):
        await waiter
