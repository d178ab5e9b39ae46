"""Turns in conversations, between workers."""

import pytest

from tests.llm.resource.office import turns
from tests.mcp.stage import LocalBus
from trigate.core.bus import BusStream
from trigate.core.errors import StoreUnavailable
from trigate.llm.resource.turn import SERVICE, DialogueBusy, take_turn


async def test_one_has_it_until_it_is_closed():
    bus = turns()
    turn = await take_turn(bus, "n")
    for _ in range(2):
        with pytest.raises(DialogueBusy):
            await take_turn(bus, "n")
    other = await take_turn(bus, "other")
    turn.close()
    turn = await take_turn(bus, "n")
    with pytest.raises(DialogueBusy):
        await take_turn(bus, "other")
    for each in (turn, other):
        each.close()


async def test_without_the_control_process_nobody_knows():
    with pytest.raises(StoreUnavailable):
        await take_turn(LocalBus(), "n")


async def test_an_answer_that_does_not_come_is_no_turn():
    async def leave(stream: BusStream, opening: bytes) -> None:
        """Say nothing."""

    bus = LocalBus()
    bus.offer(SERVICE, leave)
    with pytest.raises(StoreUnavailable):
        await take_turn(bus, "n")
