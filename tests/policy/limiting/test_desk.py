"""What reservations share."""

import asyncio

import pytest

from tests.policy.limiting.stage import Spool, Stage
from trigate.core.deadlines import Deadlines
from trigate.core.errors import LimitsUnavailable
from trigate.policy.limiting.desk import Desk
from trigate.policy.limiting.notice import Notices
from trigate.store.counter import Claim, Law, Taken
from trigate.store.tally import Tally


def desk_of() -> Desk:
    tally = Tally(10)
    return Desk(tally, Deadlines(), Notices(tally, Spool()))


async def test_giving_back_wakes_whoever_waits_for_one_of_the_cells() -> None:
    stage, desk = Stage(), desk_of()
    claims = [Claim("a", Law("concurrency", 1)), Claim("b", Law("concurrency", 1))]
    taken = await desk.ask(claims, [1, 1])
    assert isinstance(taken, Taken)
    turn = desk.lines.join("b", stage.steady + 5, 1)
    assert turn is not None
    woken = turn.come()
    desk.give_back(taken.lease, [0, 0], claims)
    assert woken.done()
    assert isinstance(await desk.ask(claims, [1, 1]), Taken)


async def test_all_who_wait_for_balances_go_on_together() -> None:
    Stage()
    desk = desk_of()
    desk.restored = False
    tasks = [asyncio.create_task(desk.wait_until_restored()) for _ in range(5)]
    await asyncio.sleep(0)
    desk.restore()
    await asyncio.gather(*tasks)
    assert desk.lines.open == {}


async def test_lost_counters_are_no_fault_of_the_caller() -> None:
    desk = Desk(Tally(0), Deadlines(), Notices(Tally(0), Spool()))
    with pytest.raises(LimitsUnavailable):
        await desk.ask([Claim("a", Law("window", 1), start=1)], [1])
