"""Budgets as they are written, and their windows."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.limiting.stage import SECOND, Stage, budget, chat, held_clock, only, run
from trigate.core.clock import clock
from trigate.core.errors import BudgetReached
from trigate.core.settings import Duration
from trigate.core.usage import Usage

CENT = 10_000_000


def test_a_budget_is_on_record_and_knows_its_thresholds() -> None:
    quota = only(budget("team", usd=50, window=Duration(86400), thresholds=(1.0, 0.5, 0.5)))
    assert (quota.charged, quota.thresholds, quota.period) == (True, (0.5, 1.0), "1d")
    assert quota.law.capacity == 50 * 10**9


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"time_zone": "Europe/Berlin"}, "goes with a window"),
        ({"time_zone": "Europe/Berlin", "window": Duration(60)}, "goes with a window"),
        ({"time_zone": "Nowhere", "window": "day"}, "not a time zone"),
        ({"thresholds": (0.0,)}, "thresholds are shares"),
        ({"thresholds": (80.0,)}, "thresholds are shares"),
        ({"window": Duration(0)}, "at least 1ms"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        budget(usd=1, **written)


async def _spend_all(stage: Stage) -> int:
    """Cents spent until the budget refuses."""

    def use(usage: Usage) -> None:
        usage.cost = 10 * CENT

    for spent in range(0, 1000, 10):
        try:
            await run(stage, stage.call(), chat(0, 10), use)
        except BudgetReached:
            return spent
    raise AssertionError("the budget never refused")


async def test_a_new_day_brings_a_new_budget_at_midnight_of_its_zone() -> None:
    with held_clock():
        stage = Stage(budget(usd=1, window="day", time_zone="Europe/Berlin"))
        stage.time.wall = int(datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC).timestamp()) * SECOND
        assert await _spend_all(stage) == 100
        stage.pass_time(1)
        assert await _spend_all(stage) == 100
        stage.pass_time(23 * 3600 - 1)
        assert await _spend_all(stage) == 0
        stage.pass_time(1)
        assert await _spend_all(stage) == 100


jumps = st.lists(st.integers(-10 * 86400, 10 * 86400), min_size=1, max_size=12)


@given(jumps, st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]))
def test_no_window_is_granted_twice_however_the_clock_jumps(seconds: list[int], zone: str) -> None:
    with held_clock():
        limit = budget(usd=1, window="day", time_zone=zone)
        stage = Stage(limit)
        spent: dict[int, int] = {}
        window = only(limit).window
        assert window is not None
        for jump in seconds:
            stage.time.wall = max(stage.time.wall + jump * SECOND, SECOND)
            start = window.bounds(clock.wall_ns())[0]
            coroutine = _spend_all(stage)
            with pytest.raises(StopIteration) as done:  # nothing here ever waits
                coroutine.send(None)
            spent[start] = spent.get(start, 0) + done.value.value
        assert max(spent.values()) <= 100
