"""A call that waits within its server."""

import asyncio
import json
from typing import Any

import pytest
from msgspec import Raw

from tests.patience import PATIENCE
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import InternalError, StreamBroken
from trigate.core.signal import Signal
from trigate.mcp.fault import InteractionLost, ServerFailed
from trigate.mcp.message import Message
from trigate.mcp.park import Holder, Park
from trigate.mcp.profile import FORM

HOLDER = Holder("ada", "git", FORM, "token", 60)


class Leg:
    """A request under way, of which a test says what comes."""

    status = 200

    def __init__(self) -> None:
        self.coming = asyncio.Queue[Any]()
        self.answered: list[Any] = []
        self.closed = False

    async def next(self) -> Message | None:
        found = await self.coming.get()
        if isinstance(found, Exception):
            raise found
        return found

    def answer(self, message: bytes) -> None:
        self.answered.append(json.loads(message))

    def close(self) -> None:
        self.closed = True


def question(id: int, method: str = "elicitation/create") -> Message:
    return Message(Raw(b"%d" % id), method, Raw(b'{"message":"?"}'))


def parked() -> tuple[Park, Leg]:
    leg = Leg()
    return Park(HOLDER, leg, Deadlines(), 600), leg


async def comes(park: Park) -> Any:
    watcher = park.watch(Signal(asyncio.get_running_loop()))
    try:
        async with asyncio.timeout(PATIENCE):
            return await park.next(watcher)
    finally:
        park.leave(watcher)


async def test_questions_are_answered_together_and_the_response_comes():
    park, leg = parked()
    park.take(question(7))
    park.take(question(8))
    first, second = await comes(park)
    park.answer(0, {first: b"1"})
    assert list(await comes(park)) == [second]
    assert leg.answered == []
    park.answer(0, {second: b"2", first: b"3"})
    assert leg.answered == [{"jsonrpc": "2.0", "id": 7, "result": 1}, {"jsonrpc": "2.0", "id": 8, "result": 2}]
    leg.coming.put_nowait(Message(Raw(b"1"), result=Raw(b"{}")))
    assert (await comes(park)).result == Raw(b"{}")
    assert leg.closed
    park.answer(0, {first: b"4"})
    assert len(leg.answered) == 2


async def test_a_timer_that_comes_early_loses_no_question(monkeypatch: pytest.MonkeyPatch):
    park, leg = parked()
    still = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: still)
    leg.coming.put_nowait(question(1))
    assert len(await comes(park)) == 1
    park.expire()


async def test_everybody_who_waits_hears_what_comes():
    park, leg = parked()
    waiting = [asyncio.create_task(comes(park)) for _ in range(3)]
    await asyncio.sleep(0)
    leg.coming.put_nowait(Message(method="notifications/progress"))
    assert [(await each).method for each in waiting] == ["notifications/progress"] * 3
    park.expire()


async def test_what_cannot_be_asked_is_refused_at_once():
    park, leg = parked()
    leg.coming.put_nowait(question(7, "sampling/createMessage"))
    leg.coming.put_nowait(Message(Raw(b"1"), result=Raw(b"{}")))
    assert (await comes(park)).result == Raw(b"{}")
    assert leg.answered[0]["error"]["code"] == -32601


async def test_a_refused_question_is_over_and_the_server_goes_on():
    park, leg = parked()
    park.take(question(7))
    park.refuse("it may not")
    assert leg.answered[0]["error"]["message"] == "it may not"
    leg.coming.put_nowait(Message(Raw(b"1"), result=Raw(b"{}")))
    assert (await comes(park)).result == Raw(b"{}")


async def test_answers_of_another_round_are_not_for_this_one():
    park, _ = parked()
    park.take(question(7))
    with pytest.raises(InteractionLost):
        park.answer(3, {})
    park.expire()


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (None, ServerFailed),
        (ServerFailed("no"), ServerFailed),
        (StreamBroken("broken"), ServerFailed),
        (InternalError("bug"), ServerFailed),
    ],
    ids=str,
)
async def test_how_a_call_failed_is_told_to_everybody(end: Any, told: type[Exception]):
    park, leg = parked()
    leg.coming.put_nowait(end)
    for _ in range(2):
        with pytest.raises(told):
            await comes(park)
    assert leg.closed


async def test_a_call_that_expires_is_lost_and_its_questions_are_dismissed():
    park, leg = parked()
    park.take(question(7))
    park.expire()
    assert leg.answered == [{"jsonrpc": "2.0", "id": 7, "result": {"action": "cancel"}}]
    with pytest.raises(InteractionLost):
        await comes(park)
    assert park.is_gone
    assert park.is_over


async def test_a_call_whose_caller_is_gone_waits_no_longer_than_it_may():
    park, _ = parked()
    watcher = park.watch(Signal(asyncio.get_running_loop()))
    before = park.deadline
    park.leave(watcher)
    assert park.deadline < before
    park.take(question(7))
    park.leave(park.watch(watcher.signal))
    assert park.deadline > before
    park.expire()


async def test_what_is_told_while_nobody_listens_is_heard_by_whoever_comes_next():
    park, leg = parked()
    for number in range(40):
        leg.coming.put_nowait(Message(method="notifications/progress", params=Raw(b'{"progress":%d}' % number)))
    async with asyncio.timeout(PATIENCE):
        while not leg.coming.empty():
            await asyncio.sleep(0)
    leg.coming.put_nowait(Message(Raw(b"1"), result=Raw(b"{}")))
    watcher = park.watch(Signal(asyncio.get_running_loop()))
    async with asyncio.timeout(PATIENCE):
        heard = [await park.next(watcher) for _ in range(17)]
    assert [bytes(each.params) for each in heard[:-1]] == [b'{"progress":%d}' % number for number in range(24, 40)]  # type: ignore[union-attr]
    assert bytes(heard[-1].result) == b"{}"  # type: ignore[union-attr]
    park.leave(watcher)
    park.expire()
