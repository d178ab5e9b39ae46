"""A call that goes on without its caller."""

from typing import Any

import pytest

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.llm.drain import LOOK, Drain


class Way:
    """A caller's end of a call."""

    left = False
    detached = False


class Task:
    cancelled = 0

    def cancel(self) -> None:
        self.cancelled += 1


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    time = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: time[0])
    return time


def drain(limit: float, task: Any) -> tuple[Any, Drain, Deadlines]:
    way: Any = Way()
    deadlines = Deadlines()
    return way, Drain(way, task, deadlines, limit), deadlines


def test_leaving_does_not_end_it_and_the_limit_does(now: list[float]):
    task = Task()
    way, watched, deadlines = drain(5, task)
    assert way.detached
    for _ in range(10):
        now[0] += LOOK
        deadlines.sweep(now[0])
    way.left = True
    now[0] += LOOK
    deadlines.sweep(now[0])
    now[0] += 4.9
    deadlines.sweep(now[0])
    assert task.cancelled == 0
    now[0] += 0.1
    deadlines.sweep(now[0])
    assert task.cancelled == 1
    assert watched.deadline == NEVER
    deadlines.sweep(now[0] + 100)
    assert task.cancelled == 1


@pytest.mark.parametrize("left", [False, True])
def test_a_call_that_is_over_is_watched_no_more(now: list[float], left: bool):
    way, watched, deadlines = drain(5, Task())
    way.left = left
    assert watched.stop() is left
    assert len(deadlines) == 0


def test_without_a_task_there_is_nothing_to_end(now: list[float]):
    way, watched, deadlines = drain(0, None)
    way.left = True
    for _ in range(3):
        now[0] += LOOK
        deadlines.sweep(now[0])
    assert watched.deadline == NEVER
