"""A silent stream says a comment now and then."""

import asyncio

import pytest

from tests.mcp.stage import Edge
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.parts import Data
from trigate.core.signal import Signal
from trigate.mcp.listening.pulse import Pulse


async def test_a_comment_is_said_in_silence_alone(monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    deadlines, edge = Deadlines(), Edge(Signal(asyncio.get_running_loop()))
    pulse = Pulse(edge, deadlines, 15)
    edge.put(Data(b"said"))
    now[0] += 15
    deadlines.sweep(now[0])
    assert edge.size == 4
    now[0] += 15
    deadlines.sweep(now[0])
    assert edge.parts[-1] == Data(b": \n\n")
    edge.left = True
    now[0] += 30
    deadlines.sweep(now[0])
    assert len(edge.parts) == 2
    pulse.stop()
    assert len(deadlines) == 0
