"""So many at once and no more, in the order in which they came."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.mcp.care_settings import Concurrency
from trigate.mcp.fault import ServerBusy
from trigate.mcp.turnstile import Turnstile


async def test_the_next_enters_when_one_leaves_and_nobody_beyond_the_queue():
    stile, order = Turnstile(Concurrency(calls=1, waiting=2)), list[int]()

    async def call(number: int) -> None:
        await stile.enter()
        order.append(number)
        await asyncio.sleep(0)
        stile.leave()

    await stile.enter()
    waiting = [asyncio.ensure_future(call(number)) for number in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ServerBusy):
        await stile.enter()
    assert order == []
    stile.leave()
    await asyncio.gather(*waiting)
    assert (order, stile.inside) == ([0, 1], 0)


@pytest.mark.parametrize("granted", [False, True])
async def test_who_no_longer_waits_takes_no_place(granted: bool):
    stile = Turnstile(Concurrency(calls=1))
    await stile.enter()
    waiting = asyncio.ensure_future(stile.enter())
    await asyncio.sleep(0)
    if granted:
        stile.leave()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not granted:
        stile.leave()
    assert stile.inside == 0


@given(st.lists(st.sampled_from(["enter", "leave", "cancel"]), max_size=30))
def test_there_are_never_more_inside_than_allowed(steps: list[str]):
    async def play() -> None:
        stile, tasks = Turnstile(Concurrency(calls=2, waiting=3)), list[asyncio.Future[None]]()
        for step in steps:
            inside = [each for each in tasks if each.done()]
            waiting = [each for each in tasks if not each.done()]
            if step == "enter" and len(waiting) < 3:
                tasks.append(asyncio.ensure_future(stile.enter()))
            elif step == "leave" and inside:
                tasks.remove(inside[0])
                stile.leave()
            elif step == "cancel" and waiting:
                tasks.remove(waiting[0])
                waiting[0].cancel()
            for _ in range(3):
                await asyncio.sleep(0)
            assert sum(each.done() for each in tasks) == min(2, len(tasks)) == stile.inside
        for each in tasks:
            each.cancel()

    asyncio.run(play())
