"""Thresholds, told off the path of calls."""

import asyncio
from collections.abc import Sequence

from tests.policy.limiting.stage import Spool, Stage, budget, only
from trigate.policy.limiting.notice import Notices
from trigate.policy.measure.quota import Quota
from trigate.store.counter import Claim, CountersLost, Standing
from trigate.store.tally import Tally


class Far(Tally):
    """Counters that have to be asked, and may not answer."""

    lost = False

    async def take(self, *given: object) -> object:  # type: ignore[override]
        return super().take(*given)  # type: ignore[arg-type]

    async def look(self, claims: Sequence[Claim], now: int) -> Sequence[Standing]:  # type: ignore[override]
        if self.lost:
            raise CountersLost("gone")
        return super().look(claims, now)


def spent(tally: Tally, amount: int) -> tuple[Claim, Quota]:
    quota = only(budget(tokens=100, thresholds=(0.5, 0.8, 1.0)))
    claim = Claim(f"{quota.tag}/all", quota.law)
    tally.add([claim], [amount], 0)
    return claim, quota


async def settle_down() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def told(spool: Spool) -> list[float]:
    return [record["threshold"] for record in spool.records]


async def test_all_thresholds_that_were_passed_at_once_are_told_lowest_first() -> None:
    Stage()
    tally, spool = Tally(10), Spool()
    notices = Notices(tally, spool)
    claim, quota = spent(tally, 85)
    for _ in range(3):
        notices.suspect(claim, quota, "all")
        notices.look()
    assert told(spool) == [0.5, 0.8]
    spent(tally, 100)
    notices.suspect(claim, quota, "all")
    notices.look()
    notices.suspect(claim, quota, "all")
    notices.look()
    assert told(spool) == [0.5, 0.8, 1.0]


async def test_a_suspect_that_has_not_passed_is_let_go() -> None:
    Stage()
    tally, spool = Tally(10), Spool()
    notices = Notices(tally, spool)
    notices.suspect(*spent(tally, 49), "all")
    notices.look()
    assert told(spool) == []


async def test_counters_that_have_to_be_asked_are_asked_beside_the_calls() -> None:
    Stage()
    tally, spool = Far(10), Spool()
    notices = Notices(tally, spool)  # type: ignore[arg-type]
    claim, quota = spent(tally, 60)
    tally.lost = True
    notices.suspect(claim, quota, "all")
    notices.look()
    await settle_down()
    assert told(spool) == []
    tally.lost = False
    notices.look()
    await settle_down()
    assert told(spool) == [0.5]
