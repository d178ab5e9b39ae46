"""Callers who come, wait and leave in any order: each who stays gets the whole answer, and nothing is left behind."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.llm.cache.room import Guest, Room
from tests.llm.cache.test_cache import EVENTS, STREAMED
from tests.llm.scene import WORD, Reply, event, fails, streams
from tests.patience import PATIENCE
from trigate.core.errors import UpstreamUnreachable

CALLERS = 5
STEPS = st.lists(
    st.one_of(
        st.just(("come", 0)),
        st.tuples(st.just("leave"), st.integers(0, CALLERS - 1)),
        st.just(("go", 0)),
        st.just(("pass", 0)),
    ),
    max_size=20,
)


class Play:
    """A room whose providers go on when the play says so."""

    def __init__(self, failing: list[bool]) -> None:
        self.pauses: list[asyncio.Event] = []
        self.room = Room(*(self._reply(fails) for fails in failing))
        self.guests: list[Guest] = []
        self.tasks: list[asyncio.Task[Guest]] = []

    def _reply(self, failing: bool) -> Reply:
        thinks, pause = asyncio.Event(), asyncio.Event()
        reply = fails(UpstreamUnreachable("down")) if failing else streams(event(WORD), pause, *EVENTS[1:])
        reply.thinks = thinks
        self.pauses += [thinks, pause]
        return reply

    def come(self, _: int) -> None:
        if len(self.guests) < CALLERS:
            guest = Guest(self.room)
            self.guests.append(guest)
            self.tasks.append(asyncio.create_task(self.room.visit(STREAMED, guest=guest)))

    def leave(self, number: int) -> None:
        if number < len(self.guests) and not self.guests[number].edge.left and not self.tasks[number].done():
            self.guests[number].edge.leave(self.tasks[number])

    def go(self, _: int) -> None:
        waiting = next((each for each in self.pauses if not each.is_set()), None)
        if waiting is not None:
            waiting.set()

    async def run(self, steps: list[tuple[str, int]]) -> None:
        for name, number in steps:
            if name == "pass":
                await asyncio.sleep(0)
            else:
                getattr(self, name)(number)
            await asyncio.sleep(0)
        for each in self.pauses:
            each.set()
        if self.tasks:
            async with asyncio.timeout(PATIENCE):
                await asyncio.wait(self.tasks)
        await self.room.settle()


@settings(deadline=None, max_examples=150)
@given(STEPS, st.lists(st.booleans(), min_size=CALLERS, max_size=CALLERS))
async def test_who_stays_is_answered(steps: list[tuple[str, int]], failing: list[bool]):
    play = Play(failing)
    await play.run([("come", 0), *steps, ("come", 0)])
    whole = b"".join(EVENTS)
    asked = play.room.asked
    for guest in play.guests:
        if guest.edge.left:
            continue
        assert guest.edge.finished == 1
        assert guest.body == whole or guest.head.status == 502
    lane: Any = play.room.lane
    assert lane._cache._flights == {}
    assert lane._cache._putting == 0
    assert len(play.room.spool.records) == len(play.guests)
    assert all(answer.closed == 1 for answer in play.room.client.answers)
    hits = [each for each in play.room.spool.records if each["target"] == "cache"]
    assert asked <= len(play.guests)
    assert all("output_tokens" not in each["usage"] for each in hits)
