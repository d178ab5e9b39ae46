"""A call beside another one."""

import asyncio

import pytest

from tests.llm.troupe import call_of
from tests.patience import PATIENCE
from trigate.core.call import Call
from trigate.core.signal import Signal
from trigate.llm.error import Superseded
from trigate.llm.shadow import Shadow


def call() -> Call:
    made = call_of()
    made.exchange.signal = Signal(asyncio.get_running_loop())
    return made


async def test_it_can_be_ended_for_itself():
    parent = call()
    shadow = Shadow(parent)
    begun = asyncio.Event()

    async def run() -> None:
        begun.set()
        await asyncio.Event().wait()

    shadow.begin("a shadow", run())
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
    shadow.stop(Superseded("enough"))
    assert shadow.task is not None
    with pytest.raises(asyncio.CancelledError):
        await shadow.task
    assert parent.exchange.stopped_by is None


async def test_it_wakes_up_for_itself():
    parent = call()
    shadow = Shadow(parent)
    shadow.signal.notify()
    assert shadow.signal.kept
    assert not parent.exchange.signal.kept
