"""What keeps limits going: leases, notices, balances, reloads."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from tests.policy.limiting.stage import Stage, budget, chat, only, rate, run
from trigate.core.bus import Bus, BusClosed
from trigate.core.errors import BudgetReached, LimitsUnavailable
from trigate.core.ids import Ids
from trigate.core.surroundings import Surroundings
from trigate.core.usage import Usage
from trigate.policy.limit import Limit
from trigate.policy.limiting.balance import BALANCES, Balance, tell_balances
from trigate.policy.limiting.limiter import Limiter, open_limits
from trigate.process.keep import LivingThings
from trigate.store.shared_tally import SharedTally
from trigate.store.tally import Tally

CENT = 10_000_000


def spend(cents: int) -> Callable[[Usage], None]:
    def use(usage: Usage) -> None:
        usage.cost = cents * CENT

    return use


@pytest.mark.parametrize("kind", ["memory", "shared"])
async def test_what_a_long_call_may_spend_stays_reserved_until_its_end(kind: str, tmp_path: Path) -> None:
    limit = budget(usd=1)
    stage = Stage(limit, counters=SharedTally(tmp_path / "table", 200) if kind == "shared" else None)
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    hold.admit(chat(0, 90))
    for _ in range(600):  # ten leases long, with others all the time
        call.usage.cost += CENT // 10
        stage.pass_time(1)
        await run(stage, stage.call(), chat(0, 10))
        with pytest.raises(BudgetReached, match="calls under way have reserved the rest"):
            await run(stage, stage.call(), chat(0, 11))
    standing = stage.standing(limit)
    assert (standing.settled, standing.reserved) == (0, 90 * CENT)
    hold.settle()
    standing = stage.standing(limit)
    assert (standing.settled, standing.reserved) == (60 * CENT, 0)
    assert stage.at_rest()


async def test_what_a_dead_worker_had_reserved_is_free_again_after_a_lease() -> None:
    limit = budget(usd=1)
    dead = Stage(limit)
    hold = dead.limiter.hold(dead.call())
    assert hold is not None
    hold.admit(chat(0, 90))
    stage = dead.beside(limit)
    with pytest.raises(BudgetReached):
        await run(stage, stage.call(), chat(0, 90))
    stage.pass_time(70)
    await run(stage, stage.call(), chat(0, 90))


async def test_each_threshold_is_told_once_a_window(capfd: pytest.CaptureFixture[str]) -> None:
    limit = budget("key", name="purse", usd=1, window="day", thresholds=(0.5, 1.0))
    stage = Stage(limit)
    for _ in range(2):
        for _ in range(4):
            await run(stage, stage.call(), chat(0, 25), spend(25))
            stage.pass_time(1)
        stage.pass_time(86400)
    told = [(each["kind"], each["threshold"], each["settled"]) for each in stage.spool.records]
    assert told == [("notice", 0.5, 50 * CENT), ("notice", 1.0, 100 * CENT)] * 2
    assert len({each["id"] for each in stage.spool.records}) == 4
    assert stage.spool.records[0]["scope"] == "key=dev"
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 4
    assert "a limit is nearly used up" in lines[0]
    assert "limit=purse" in lines[0]


async def test_a_threshold_is_told_by_one_worker_only() -> None:
    limit = budget(usd=1, thresholds=(0.5,))
    one = Stage(limit)
    two = one.beside(limit)
    for stage in (one, two):
        await run(stage, stage.call(), chat(0, 30), spend(30))
    await run(one, one.call(), chat(0, 1), spend(1))
    for stage in (one, two, one):
        stage.pass_time(1)
    assert len(one.spool.records) + len(two.spool.records) == 1


async def test_after_a_start_hard_budgets_wait_for_what_was_spent_before() -> None:
    limit = budget("team", usd=1, window="month")
    stage = Stage(limit)
    stage.limiter.forget_balances()
    waiting = asyncio.create_task(run(stage, stage.call(team="a"), chat(0, 30)))
    await asyncio.sleep(0)
    stage.pass_time(1)
    await asyncio.sleep(0)
    assert not waiting.done()
    quota = only(limit)
    assert quota.window is not None
    start, end = quota.window.bounds(stage.wall)
    for _ in range(2):  # every worker may say it
        stage.limiter.restore(
            [
                Balance(f"{quota.tag}/team=a", start, end, 80 * CENT),
                Balance(f"{quota.tag}/team=b", start - 1, start, 99 * CENT),
                Balance("gone@usd:month/team=a", start, end, 1),
            ]
        )
    with pytest.raises(BudgetReached, match=r"\$0\.20 of it left"):
        await waiting
    await run(stage, stage.call(team="b"), chat(0, 90))
    assert stage.at_rest()


async def test_balances_that_do_not_come_are_waited_for_within_bounds() -> None:
    stage = Stage(budget(usd=1))
    stage.limiter.forget_balances()
    waiting = asyncio.create_task(run(stage, stage.call(), chat(0, 30)))
    for _ in range(60):
        await asyncio.sleep(0)
        stage.pass_time(0.1)
    with pytest.raises(LimitsUnavailable):
        await waiting
    assert stage.at_rest()


async def test_limits_without_hard_budgets_wait_for_no_balances() -> None:
    stage = Stage(rate(requests=1), budget(usd=1, hard=False), budget(usd=1, on="mcp"))
    stage.limiter.forget_balances()
    await run(stage, stage.call(), chat(0, 30))


async def test_new_limits_hold_from_the_next_call_and_counts_of_the_same_name_go_on() -> None:
    stage = Stage(rate("key", requests=10))
    call = stage.call()
    for _ in range(4):
        await run(stage, call)
    stage.limiter.replace(rate("key", requests=5).quotas())
    await run(stage, call)
    with pytest.raises(Exception, match="5 requests per 1m"):
        await run(stage, call)
    stage.limiter.replace(())
    assert stage.limiter.hold(call) is None


async def test_drained_limits_go_on_only_for_what_is_under_way() -> None:
    stage = Stage(budget(usd=1))
    hold = stage.limiter.hold(stage.call())
    assert hold is not None
    hold.admit(chat(0, 90))
    stage.limiter.drain()
    stage.pass_time(2)
    assert len(stage.deadlines) == 1
    hold.settle()
    stage.pass_time(2)
    assert len(stage.deadlines) == 0


class Streams:
    """A bus whose control process tells what it is given, or is gone."""

    def __init__(self, *balances: Balance) -> None:
        self.balances = list(balances)
        self.gone = True
        self.asked = 0

    async def open(self, service: str, opening: bytes = b"") -> "Streams":
        assert service == BALANCES
        self.asked += 1
        if self.gone:
            raise BusClosed("gone")
        self.messages: list[bytes] = []
        await tell_balances(self.read)(self, b"")  # type: ignore[arg-type]
        return self

    async def read(self) -> list[Balance]:
        return self.balances

    async def send(self, message: bytes) -> None:
        self.messages.append(message)

    async def receive(self) -> bytes | None:
        return self.messages.pop(0)

    def close(self) -> None:
        pass


async def test_balances_are_asked_for_until_the_control_process_tells_them() -> None:
    limit = budget(usd=1)
    streams = Streams(Balance(f"{only(limit).tag}/all", 0, 0, 95 * CENT))
    stage = Stage()
    counted = Tally(10)
    limiter = Limiter(limit.quotas(), counted, stage.deadlines, stage.spool, cast("Bus", streams))
    stage.limiter = limiter
    waiting = asyncio.create_task(run(stage, stage.call(), chat(0, 30)))
    for _ in range(2):
        stage.pass_time(1)
        await settle_down()
    assert not waiting.done()
    streams.gone = False
    stage.pass_time(1)
    with pytest.raises(BudgetReached, match=r"\$0\.05 of it left"):
        await waiting
    asked = streams.asked
    for _ in range(3):
        stage.pass_time(1)
        await settle_down()
    assert streams.asked == asked
    limiter.replace([*limit.quotas(), *budget(name="new", usd=1).quotas()])
    stage.pass_time(1)
    await settle_down()
    assert streams.asked == asked + 1
    assert counted.on_lost_data is not None
    counted.on_lost_data()
    stage.pass_time(1)
    await settle_down()
    assert streams.asked == asked + 2


async def test_soft_budgets_learn_their_balances_but_nobody_waits_for_them() -> None:
    limit = budget(usd=1, hard=False)
    streams = Streams(Balance(f"{only(limit).tag}/all", 0, 0, 95 * CENT))
    stage = Stage()
    bus = cast("Bus", streams)
    stage.limiter = Limiter(limit.quotas(), stage.tally, stage.deadlines, stage.spool, bus)
    await run(stage, stage.call(), chat(0, 30))
    streams.gone = False
    stage.pass_time(1)
    await settle_down()
    assert stage.spent(limit) == 95 * CENT


async def test_over_a_reload_nobody_waits_for_balances_that_the_counters_know() -> None:
    purse, other = budget(name="purse", usd=1), budget(name="other", usd=1)
    streams = Streams(Balance(f"{only(purse).tag}/all", 0, 0, 60 * CENT))
    streams.gone = False
    stage = Stage()

    async def reload(*limits: Limit) -> None:
        stage.limiter.drain()
        quotas = [only(each) for each in limits]
        bus = cast("Bus", streams)
        stage.limiter = Limiter(quotas, stage.tally, stage.deadlines, stage.spool, bus)
        stage.pass_time(1)
        await settle_down()

    await reload(purse)
    assert streams.asked == 1
    streams.gone = True
    await reload(budget(name="purse", usd=2), rate(requests=100))
    assert streams.asked == 1
    await run(stage, stage.call(), chat(0, 30), spend(30))
    assert stage.spent(purse) == 90 * CENT
    await reload(purse, other)
    assert streams.asked == 2, "of the other one nothing is known"
    streams.gone = False
    stage.pass_time(1)
    await settle_down()
    with pytest.raises(BudgetReached, match=r"\$0\.10 of it left"):
        await run(stage, stage.call(), chat(0, 30))
    await reload(other)
    await reload(purse)
    assert streams.asked == 4, "while it was left out nothing was counted"


async def test_a_reload_that_needs_no_balances_lets_go_of_who_waited_for_them() -> None:
    streams = Streams()
    stage = Stage()
    stage.limiter = Limiter(budget(usd=1).quotas(), stage.tally, stage.deadlines, stage.spool, cast("Bus", streams))
    waiting = asyncio.create_task(run(stage, stage.call(), chat(0, 30)))
    await settle_down()
    assert not waiting.done()
    stage.limiter.replace(())
    await settle_down()
    await waiting
    assert stage.at_rest()


async def settle_down() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_over_reloads_the_same_limits_stay_and_others_begin() -> None:
    stage = Stage()
    generations = LivingThings()

    def reload(*limits: Limit) -> Limiter:
        generation = generations.begin()
        surroundings = Surroundings(
            asyncio.get_running_loop(), stage.deadlines, generation, stage.spool, cast("Bus", Streams()), Ids()
        )
        limiter = open_limits(limits, stage.tally, surroundings)
        generations.commit(generation)
        return limiter

    first = reload(rate("key", requests=5))
    call = stage.call()
    hold = first.hold(call)
    assert hold is not None
    hold.admit(chat())
    assert reload(rate("key", requests=5)) is first
    second = reload(rate("key", requests=6))
    assert second is not first
    stage.pass_time(2)
    hold.settle()
    stage.limiter = second
    assert stage.standing(rate("key", requests=6), "key=dev").settled == 1


async def test_what_is_set_aside_counts_nothing_when_it_is_given_back() -> None:
    limit = budget(usd=1)
    stage = Stage(limit)
    hold = stage.limiter.deposit(stage.call())
    assert hold is not None
    hold.admit(chat(0, 90))
    with pytest.raises(BudgetReached):
        await run(stage, stage.call(), chat(0, 11))
    hold.settle()
    standing = stage.standing(limit)
    assert (standing.settled, standing.reserved) == (0, 0)
    assert stage.at_rest()


async def test_what_is_booked_may_go_over() -> None:
    limit = budget(usd=1)
    stage = Stage(limit)
    for _ in range(2):
        call = stage.call()
        hold = stage.limiter.booking(call)
        assert hold is not None
        hold.admit(chat(0, 0))
        call.usage.cost = 90 * CENT
        hold.settle()
        assert '"amount":900000000' in call.charges
    assert stage.standing(limit).settled == 180 * CENT
