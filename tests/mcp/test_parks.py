"""Parked calls are found again, in this worker or another."""

import asyncio
from typing import Any

import pytest
from msgspec import Raw

from tests.mcp.stage import LocalBus
from tests.mcp.test_park import HOLDER, Leg, question
from tests.mcp.test_pending import Roads
from tests.patience import PATIENCE
from trigate.core.deadlines import Deadlines
from trigate.core.errors import Overloaded
from trigate.core.signal import Signal
from trigate.mcp.fault import InteractionLost, ServerFailed
from trigate.mcp.message import Message
from trigate.mcp.parks import Parks, Waiting
from trigate.mcp.settings import QuestionSettings
from trigate.mcp.state import Parked


def signal() -> Signal:
    return Signal(asyncio.get_running_loop())


def worker(bus: LocalBus, **settings: Any) -> Parks:
    return Parks(bus, Deadlines(), QuestionSettings(**settings))


async def comes(waiting: Waiting) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await waiting.next()


def two(far: str = "worker-2") -> tuple[Parks, Parks]:
    """The worker that holds calls, and one that callers come to."""
    here, there = Roads("worker-1"), Roads("worker-2")
    here.others[far] = there
    return worker(there), worker(here)


async def test_answers_in_another_worker_reach_the_call_and_so_does_its_outcome_the_caller():
    there, here = two()
    leg = Leg()
    park, _ = there.admit(HOLDER, leg, signal())
    park.take(question(7))
    place = Parked("worker-2", park.id, 0)
    waiting = await here.resume(place, "ada", {}, signal())
    (key,) = await comes(waiting)
    assert waiting.token == "token"
    assert waiting.place == place
    waiting.close()
    waiting = await here.resume(place, "ada", {key: b'{"action":"accept"}'}, signal())
    leg.coming.put_nowait(Message(method="notifications/progress", params=Raw(b'{"progress":1}')))
    leg.coming.put_nowait(Message(Raw(b"1"), result=Raw(b'{"content":[]}')))
    note = await comes(waiting)
    assert (note.method, bytes(note.params)) == ("notifications/progress", b'{"progress":1}')
    assert bytes((await comes(waiting)).result) == b'{"content":[]}'
    waiting.close()
    assert leg.answered == [{"jsonrpc": "2.0", "id": 7, "result": {"action": "accept"}}]


async def test_a_question_refused_in_another_worker_is_refused_at_the_server():
    there, here = two()
    leg = Leg()
    park, _ = there.admit(HOLDER, leg, signal())
    park.take(question(7))
    waiting = await here.resume(Parked("worker-2", park.id, 0), "ada", {}, signal())
    assert await comes(waiting)
    await waiting.refuse("it may not")
    async with asyncio.timeout(PATIENCE):
        while not leg.answered:
            await asyncio.sleep(0)
    leg.coming.put_nowait(None)
    with pytest.raises(ServerFailed):
        await comes(waiting)
    waiting.close()


@pytest.mark.parametrize("far", ["worker-2", "worker-3"])
async def test_what_is_not_there_is_lost(far: str):
    there, here = two(far)
    park, mine = there.admit(HOLDER, Leg(), signal())
    for owner, id, principal in (
        ("worker-2", "x", "ada"),
        ("worker-2", park.id, "eve"),
        ("worker-9", park.id, "ada"),
        ("worker-1", park.id, "ada"),
    ):
        with pytest.raises(InteractionLost):
            await comes(await here.resume(Parked(owner, id, 0), principal, {}, signal()))
    mine.close()
    there.drain()
    assert len(there) == 0


@pytest.mark.parametrize("bound", ["max", "per_principal", "per_server"])
async def test_there_is_room_for_so_many(bound: str):
    parks = worker(LocalBus(), **{bound: 1})
    parks.admit(HOLDER, Leg(), signal())
    with pytest.raises(Overloaded):
        parks.admit(HOLDER, Leg(), signal())
    parks.drain()
    park, _ = parks.admit(HOLDER, Leg(), signal())
    park.expire()


async def test_no_more_outcomes_are_kept_than_there_is_room_for():
    parks = worker(LocalBus())
    for _ in range(4):
        leg = Leg()
        park, waiting = parks.admit(HOLDER, leg, signal())
        leg.coming.put_nowait(Message(Raw(b"1"), result=Raw(b"0" * 40 * 2**20)))
        assert (await comes(waiting)).result
        waiting.close()
        assert not park.is_gone
    assert len(parks) == 2
    parks.drain()


async def test_a_call_is_found_though_its_worker_is_called_otherwise_by_now():
    bus = LocalBus()
    bus.own = ""  # not connected yet
    alone = worker(bus)
    park, waiting = alone.admit(HOLDER, Leg(), signal())
    park.take(question(7))
    await comes(waiting)
    assert waiting.place.owner == ""
    bus.own = "worker-1"
    assert waiting.place.owner == "worker-1"
    bus.own = "machine/worker-1"
    for owner in ("", "worker-1", "machine/worker-1"):
        again = await alone.resume(Parked(owner, park.id, 0), "ada", {}, signal())
        assert again.place.owner == "machine/worker-1"
        again.close()
    waiting.close()
    alone.drain()
