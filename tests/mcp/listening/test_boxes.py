"""The box of a session is found in whichever worker it is."""

import pytest

from tests.mcp.listening.workers import JoinedBus, joined
from tests.mcp.stage import LocalStream
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.mcp.listening.boxes import Boxes

MARK = b"m" * 16


def workers(*names: str, most: int = 100) -> list[Boxes]:
    return [Boxes(bus, Deadlines(), 1800, most) for bus in joined(*names)]


async def test_a_claimed_box_moves_with_all_that_is_in_it():
    one, two, three = workers("1", "2", "3")
    box, known = await one.claim(MARK)
    assert not known
    box.tape.say(b"{}")
    await two.subscribe(MARK, "shown", "git", "own")
    assert box.subscriptions == {"shown": ("git", "own")}
    moved, known = await three.claim(MARK)
    assert known
    assert moved.subscriptions == {"shown": ("git", "own")}
    assert len(moved.tape.after(0)) == 1
    assert box.tape.ended
    assert len(one) == 0
    await one.unsubscribe(MARK, "shown")
    assert moved.subscriptions == {}


async def test_what_is_subscribed_to_elsewhere_while_a_box_is_claimed_is_not_lost(monkeypatch: pytest.MonkeyPatch):
    one, two = workers("1", "2")
    real = JoinedBus.tell

    async def slow(self: JoinedBus, service: str, opening: bytes) -> None:
        await real(self, service, opening)
        monkeypatch.setattr(JoinedBus, "tell", real)
        await two.subscribe(MARK, "kept", "git", "own")
        await two.subscribe(MARK, "dropped", "git", "other")
        await two.unsubscribe(MARK, "dropped")

    monkeypatch.setattr(JoinedBus, "tell", slow)
    box, _ = await one.claim(MARK)
    assert box.subscriptions == {"kept": ("git", "own")}
    assert not one._claimed


async def test_an_ended_session_leaves_nothing():
    (one,) = workers("1")
    box, _ = await one.claim(MARK)
    one.end(MARK)
    assert box.tape.ended
    assert len(one) == 0


async def test_boxes_are_bounded_in_number_and_time(monkeypatch: pytest.MonkeyPatch):
    (one,) = workers("1", most=2)
    for number in range(5):
        await one.claim(b"%d" % number)
    assert len(one) == 2
    now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: now + 1801)
    one.expire()
    assert len(one) == 0
    one.drain()


async def test_a_box_that_was_handed_over_leaves_no_stream_behind(monkeypatch: pytest.MonkeyPatch):
    opened: list[LocalStream] = []
    real = JoinedBus.open

    async def watching(self: JoinedBus, service: str, opening: bytes = b"", owner: str = "") -> LocalStream:
        opened.append(await real(self, service, opening, owner))
        return opened[-1]

    one, two = workers("1", "2")
    await one.claim(MARK)
    monkeypatch.setattr(JoinedBus, "open", watching)
    await two.claim(MARK)
    assert [each.closed for each in opened] == [True]
