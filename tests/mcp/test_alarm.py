"""Waiting for a while."""

import asyncio

from tests.mcp.stage import sweeping
from tests.patience import PATIENCE
from trigate.core.deadlines import Deadlines
from trigate.core.signal import Signal
from trigate.mcp.alarm import Alarm, pause


async def test_what_waits_goes_on_when_the_time_has_come():
    deadlines, signal = Deadlines(), Signal(asyncio.get_running_loop())
    async with sweeping(deadlines), asyncio.timeout(PATIENCE):
        await pause(deadlines, signal, 0.02)
    assert len(deadlines) == 0


async def test_an_alarm_that_is_not_needed_leaves_nothing_behind():
    deadlines, signal = Deadlines(), Signal(asyncio.get_running_loop())
    with Alarm(deadlines, signal, 60) as alarm:
        assert len(deadlines) == 1
        assert not alarm.rung
    assert len(deadlines) == 0
    assert not signal.kept
