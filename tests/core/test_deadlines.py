"""Deadlines as fields."""

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trigate.core.deadlines import NEVER, Deadlines


class Phase:
    def __init__(self, deadlines: Deadlines, deadline: float) -> None:
        self.deadlines, self.deadline, self.expired = deadlines, deadline, 0
        deadlines.add(self)

    def expire(self) -> None:
        self.expired += 1
        self.deadlines.discard(self)


@given(st.lists(st.floats(0, 100) | st.just(NEVER)), st.floats(0, 100))
def test_a_sweep_expires_exactly_what_is_due(moments: list[float], now: float) -> None:
    deadlines = Deadlines()
    phases = [Phase(deadlines, moment) for moment in moments]
    deadlines.sweep(now)
    assert [phase.expired for phase in phases] == [int(moment <= now) for moment in moments]
    assert len(deadlines) == sum(moment > now for moment in moments)


def test_a_deadline_may_be_moved_while_it_runs() -> None:
    deadlines = Deadlines()
    phase = Phase(deadlines, 1)
    phase.deadline = 10
    deadlines.sweep(5)
    assert phase.expired == 0


def test_expiring_may_add_and_remove_others() -> None:
    deadlines = Deadlines()

    class Replacing(Phase):
        def expire(self) -> None:
            super().expire()
            Phase(deadlines, NEVER)

    Replacing(deadlines, 1)
    Replacing(deadlines, 2)
    deadlines.sweep(5)
    assert len(deadlines) == 2


async def test_one_that_fails_is_reported_once_and_keeps_no_other_from_its_deadline() -> None:
    deadlines, reports = Deadlines(), list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))

    class Failing(Phase):
        def expire(self) -> None:
            raise RuntimeError("broken")

    others = [Phase(deadlines, 1) for _ in range(8)]
    Failing(deadlines, 1)
    others += [Phase(deadlines, 1) for _ in range(8)]
    deadlines.sweep(5)
    deadlines.sweep(6)
    assert [each.expired for each in others] == [1] * 16
    assert [str(report["exception"]) for report in reports] == ["broken"]
    assert len(deadlines) == 0


def test_what_another_has_ended_does_not_expire() -> None:
    deadlines = Deadlines()

    class Last(Phase):
        def expire(self) -> None:
            super().expire()
            for each in phases:
                deadlines.discard(each)

    phases = [Last(deadlines, 1) for _ in range(5)]
    deadlines.sweep(5)
    assert sum(each.expired for each in phases) == 1
