"""The way to a server that is not there: no waiting, a share or a refusal, and no password in a log."""

import asyncio
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from trigate.store.counter import Claim, CountersLost, Law, Refused, Taken
from trigate.store.redis_tally import RedisOptions, RedisTally

NOW = 1_800_000_000_000_000_000
BUDGET = Law("window", 100)


@pytest.fixture
async def lost(tmp_path: Path) -> AsyncIterator[RedisTally]:
    options = RedisOptions(f"unix://user:canary-password@/{tmp_path}/nobody", share=Fraction(1, 4))
    made = RedisTally(asyncio.get_running_loop(), options)
    yield made
    made.drain()
    if made._task:
        async with asyncio.timeout(PATIENCE):
            await made._task


async def test_a_server_that_is_not_there_leaves_a_share(lost: RedisTally):
    claim = Claim("budget", BUDGET)
    found = [await lost.take([claim], [5], NOW) for _ in range(10)]
    assert sum(isinstance(each, Taken) for each in found) == 5
    assert isinstance(found[-1], Refused)
    assert (await lost.look([claim], NOW))[0].remaining == 0


async def test_what_is_settled_of_the_share_makes_room_in_it(lost: RedisTally):
    claim = Claim("budget", BUDGET)
    found = await lost.take([claim], [25], NOW)
    assert isinstance(found, Taken)
    lost.settle(found.lease, [5], NOW)
    lost.settle(found.lease, [5], NOW)
    assert (await lost.look([claim], NOW))[0].settled == 5


async def test_the_password_is_in_no_log(lost: RedisTally, capfd: pytest.CaptureFixture[str]):
    await lost.look([Claim("budget", BUDGET)], NOW)
    shown = "".join(capfd.readouterr())
    assert "the counters are lost" in shown
    assert "canary-password" not in shown


async def test_a_policy_of_refusing_refuses(tmp_path: Path):
    tally = RedisTally(asyncio.get_running_loop(), RedisOptions(f"unix://{tmp_path}/nobody", on_loss="refuse"))
    with pytest.raises(CountersLost):
        await tally.take([Claim("budget", BUDGET)], [1], NOW)
    tally.drain()
    assert tally._task
    async with asyncio.timeout(PATIENCE):
        await tally._task


async def test_a_server_that_is_not_there_has_heard_of_nothing(lost: RedisTally):
    assert await lost.first("a", 60)
    assert await lost.first("a", 60)  # by the policy, whoever asks goes by what it knows itself


async def test_a_policy_of_refusing_lets_nobody_be_the_first(tmp_path: Path):
    tally = RedisTally(asyncio.get_running_loop(), RedisOptions(f"unix://{tmp_path}/nobody", on_loss="refuse"))
    with pytest.raises(CountersLost):
        await tally.first("a", 60)
    tally.drain()
    assert tally._task
    async with asyncio.timeout(PATIENCE):
        await tally._task
