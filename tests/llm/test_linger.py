"""A short wait for the end of an answer."""

import asyncio
from typing import Any

import pytest

from tests.llm.scene import FakeAnswer, Reply
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.signal import Signal
from trigate.llm.linger import LINGER, linger


class Watch:
    def __init__(self, deadlines: Deadlines) -> None:
        self.deadlines = deadlines


async def test_it_ends_in_time_though_nothing_comes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "monotonic", lambda: 1000.0)
    deadlines = Deadlines()
    answer: Any = FakeAnswer(Reply(200, [], asyncio.Event()))
    watch: Any = Watch(deadlines)
    waiting = asyncio.get_running_loop().create_task(linger(answer, Signal(asyncio.get_running_loop()), watch))
    await asyncio.sleep(0)
    assert len(deadlines) == 1
    deadlines.sweep(1000.0 + LINGER)
    await waiting
    assert len(deadlines) == 0


async def test_an_answer_that_has_ended_is_not_waited_for():
    watch: Any = Watch(Deadlines())
    answer: Any = FakeAnswer(Reply(200, []))
    await linger(answer, Signal(asyncio.get_running_loop()), watch)
    assert len(watch.deadlines) == 0
