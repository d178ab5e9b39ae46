"""Lines: who is next, and who looks."""

import asyncio

from tests.policy.limiting.stage import Stage
from trigate.policy.limiting.line import Lines


def lines_of(stage: Stage) -> Lines:
    return Lines(stage.deadlines)


async def test_the_first_is_woken_and_the_next_when_it_leaves() -> None:
    stage = Stage()
    lines = lines_of(stage)
    first, second = lines.join("c", 2000.0, 2), lines.join("c", 2000.0, 2)
    assert first is not None
    assert second is not None
    assert lines.join("c", 2000.0, 2) is None
    woken = [turn.come() for turn in (first, second)]
    lines.wake("c")
    lines.wake("other")
    assert [each.done() for each in woken] == [True, False]
    lines.leave(first)
    assert woken[1].done()
    lines.leave(second)
    assert lines.open == {}
    assert len(stage.deadlines) == 1  # the limiter's own


async def test_only_the_first_looks_by_itself_and_all_when_their_time_is_over() -> None:
    stage = Stage()
    lines = lines_of(stage)
    turns = [lines.join("c", stage.steady + 1, 5), lines.join("c", stage.steady + 1, 5)]
    woken = [turn.come() for turn in turns if turn is not None]
    stage.pass_time(0.1)
    assert [each.done() for each in woken] == [True, False]
    stage.pass_time(1)
    assert woken[1].done()


async def test_a_line_that_lets_nobody_in_leaves_no_trace() -> None:
    lines = lines_of(Stage())
    assert lines.join("c", 2000.0, 0) is None
    assert lines.open == {}


async def test_waking_somebody_who_has_given_up_is_harmless() -> None:
    lines = lines_of(Stage())
    turn = lines.join("c", 2000.0, 1)
    assert turn is not None
    future = turn.come()
    future.cancel()
    lines.wake("c")
    await asyncio.sleep(0)
    lines.leave(turn)
