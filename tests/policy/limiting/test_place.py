"""Places among the calls under way, and the lines in front of them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.policy.limiting.stage import Stage, concurrency, exchange_of, rate
from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.errors import ConcurrencyReached
from trigate.core.settings import Duration
from trigate.policy.limit import Hold
from trigate.policy.limits.concurrency import _Priority, _Queue  # pyright: ignore[reportPrivateUsage]
from trigate.store.counter import Claim, Refused, Taken
from trigate.store.tally import Tally


def queue(length: int = 10, wait: float = 5, **ranks: int) -> Any:
    return _Queue(
        length=length, wait=Duration(wait), priority=tuple(_Priority(key=k, rank=r) for k, r in ranks.items())
    )


async def enter(stage: Stage, call: Call, demand: Demand = NO_DEMAND) -> Hold:
    hold = stage.limiter.hold(call)
    assert hold is not None
    call.attempts += 1
    try:
        waiting = hold.admit(demand)
        if waiting is not None:
            await waiting
    except BaseException:
        hold.settle()
        raise
    return hold


async def settle_down() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_more_than_allowed_is_refused_until_one_has_ended() -> None:
    stage = Stage(concurrency("key", max=2))
    first = await enter(stage, stage.call())
    second = await enter(stage, stage.call())
    with pytest.raises(ConcurrencyReached, match="2 calls at the same time; try again when one of them has ended"):
        await enter(stage, stage.call())
    first.settle()
    third = await enter(stage, stage.call())
    second.settle()
    third.settle()
    assert stage.at_rest()


async def test_those_in_line_are_served_in_the_order_of_their_rank_and_then_of_their_coming() -> None:
    stage = Stage(concurrency(max=1, queue=queue(vip=5, low=-1)))
    holder = await enter(stage, stage.call())
    served: list[str] = []

    async def wait(key: str) -> None:
        hold = await enter(stage, stage.call(key=key))
        served.append(key)
        await asyncio.sleep(0)
        hold.settle()

    tasks = [asyncio.create_task(wait(key)) for key in ("low", "a", "b", "vip", "c")]
    await settle_down()
    assert served == []
    holder.settle()
    await asyncio.gather(*tasks)
    assert served == ["vip", "a", "b", "c", "low"]
    assert stage.at_rest()


async def test_nobody_overtakes_a_line() -> None:
    stage = Stage(concurrency(max=1, queue=queue()))
    holder = await enter(stage, stage.call())
    waiting = asyncio.create_task(enter(stage, stage.call()))
    await settle_down()
    holder.settle()
    late = asyncio.create_task(enter(stage, stage.call()))
    first = await waiting
    assert not late.done()
    first.settle()
    (await late).settle()
    assert stage.at_rest()


async def test_a_full_line_refuses_at_once() -> None:
    stage = Stage(concurrency(max=1, queue=queue(length=1)))
    holder = await enter(stage, stage.call())
    waiting = asyncio.create_task(enter(stage, stage.call()))
    await settle_down()
    with pytest.raises(ConcurrencyReached):
        await enter(stage, stage.call())
    holder.settle()
    (await waiting).settle()
    assert stage.at_rest()


async def test_who_waited_too_long_is_refused() -> None:
    stage = Stage(concurrency(max=1, queue=queue(wait=2)))
    holder = await enter(stage, stage.call())
    waiting = asyncio.create_task(enter(stage, stage.call()))
    for _ in range(25):
        await settle_down()
        stage.pass_time(0.1)
    with pytest.raises(ConcurrencyReached):
        await waiting
    holder.settle()
    assert stage.at_rest()


async def test_who_leaves_the_line_leaves_nothing_behind() -> None:
    stage = Stage(concurrency(max=1, queue=queue()))
    holder = await enter(stage, stage.call())
    gone, patient = (asyncio.create_task(enter(stage, stage.call())) for _ in range(2))
    await settle_down()
    gone.cancel()
    holder.settle()
    (await patient).settle()
    assert gone.cancelled()
    assert stage.at_rest()


async def test_a_place_given_back_by_another_process_is_found() -> None:
    limit = concurrency(max=1, queue=queue())
    stage = Stage(limit)
    other = stage.beside(limit)
    holder = await enter(other, other.call())
    waiting = asyncio.create_task(enter(stage, stage.call()))
    await settle_down()
    holder.settle()
    for _ in range(3):
        stage.pass_time(0.1)
        await settle_down()
    (await waiting).settle()


async def test_a_call_within_a_call_needs_no_place_of_its_own() -> None:
    stage = Stage(concurrency("key", max=1), concurrency("lane", max=2))
    exchange = exchange_of({})
    parent = stage.call(exchange=exchange)
    outer = await enter(stage, parent)
    child = stage.call(exchange=exchange, parent=parent)
    inner = await enter(stage, child)
    grandchild = await enter(stage, stage.call(exchange=exchange, parent=child))
    with pytest.raises(ConcurrencyReached):
        await enter(stage, stage.call())
    for hold in (grandchild, inner, outer):
        hold.settle()
    assert stage.at_rest()


async def test_the_place_at_a_target_moves_with_the_attempt() -> None:
    stage = Stage(concurrency("provider", max=1))
    call = stage.call()
    hold = await enter(stage, call, Demand(provider="one"))
    with pytest.raises(ConcurrencyReached) as refused:
        await enter(stage, stage.call(), Demand(provider="one"))
    assert refused.value.retryable
    call.attempts += 1
    waiting = hold.admit(Demand(provider="two"))
    assert waiting is not None
    await waiting
    other = await enter(stage, stage.call(), Demand(provider="one"))
    hold.settle()
    other.settle()
    assert stage.at_rest()


async def test_a_place_is_kept_for_as_long_as_its_call_waits_for_another() -> None:
    caller = concurrency("key", max=1)
    stage = Stage(caller, concurrency("provider", max=1, queue=queue(wait=300)))
    first = await enter(stage, stage.call(key="a"), Demand(provider="one"))
    entering = asyncio.ensure_future(enter(stage, stage.call(key="b"), Demand(provider="one")))
    for _ in range(100):
        await settle_down()
        stage.pass_time(1)
    assert stage.standing(caller, "key=b").reserved == 1
    first.settle()
    (await entering).settle()
    assert stage.at_rest()


async def test_a_call_refused_by_a_rate_gives_its_place_back() -> None:
    stage = Stage(concurrency(max=1), rate(requests=1))
    (await enter(stage, stage.call())).settle()
    with pytest.raises(Exception, match="rate-requests-1m"):
        await enter(stage, stage.call())
    assert stage.at_rest()


async def test_a_shadow_limit_lets_everyone_in_and_says_so() -> None:
    stage = Stage(concurrency(name="soon", max=1, shadow=True))
    holds = [await enter(stage, stage.call())]
    call = stage.call()
    holds.append(await enter(stage, call))
    assert call.flags == ["limit.shadow:soon"]
    for hold in holds:
        hold.settle()
    assert stage.at_rest()


class Counted(Tally):
    """Counts how often something is taken."""

    taken = 0

    def take(self, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> Taken | Refused:
        self.taken += 1
        return super().take(claims, amounts, now)


async def test_where_nobody_waits_places_are_taken_with_all_else_at_once() -> None:
    counters = Counted(100)
    stage = Stage(rate("key", requests=9), concurrency("key", max=2), counters=counters)
    holds = [await enter(stage, stage.call()) for _ in range(2)]
    assert counters.taken == 2
    with pytest.raises(ConcurrencyReached):
        await enter(stage, stage.call())
    for hold in holds:
        hold.settle()
    assert stage.at_rest()


async def test_another_attempt_keeps_the_place_of_the_first_before_all_who_wait() -> None:
    stage = Stage(rate("key", requests=9), concurrency("key", max=1, queue=queue()))
    call = stage.call()
    hold = await enter(stage, call)
    waiting = asyncio.ensure_future(enter(stage, stage.call()))
    await settle_down()
    call.attempts += 1
    again = hold.admit(NO_DEMAND)
    assert again is not None
    async with asyncio.timeout(5):
        await again
    await settle_down()
    assert not waiting.done()
    hold.settle()
    (await asyncio.wait_for(waiting, 5)).settle()
    assert stage.at_rest()
