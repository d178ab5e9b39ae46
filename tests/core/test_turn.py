"""Long work lets others have their turn, as a task and as a strand."""

import asyncio

from trigate.core.strand import Strand
from trigate.core.turn import NEXT_TURN


async def count(name: str, said: list[str]) -> None:
    for _ in range(3):
        said.append(name)
        await NEXT_TURN


async def test_tasks_take_turns():
    said: list[str] = []
    tasks = [asyncio.ensure_future(count(name, said)) for name in "ab"]
    for each in tasks:
        await each
    assert said == list("ababab")


async def test_strands_take_turns():
    said: list[str] = []
    strands = [Strand(asyncio.get_running_loop()) for _ in "ab"]
    for strand, name in zip(strands, "ab", strict=True):
        strand.begin(count(name, said), at_once=False)
    while not all(each.done() for each in strands):
        await NEXT_TURN
    assert said == list("ababab")
