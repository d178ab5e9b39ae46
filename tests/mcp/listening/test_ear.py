"""An ear listens while it is wanted, comes back with growing pauses, and is not flooded."""

import asyncio
from typing import Any

import pytest
from msgspec import Raw

from tests.mcp.listening.servers import eventually
from trigate.core.deadlines import Deadlines
from trigate.core.errors import UpstreamUnreachable
from trigate.core.signal import Signal
from trigate.mcp.listening import ear as module
from trigate.mcp.listening.ear import Ear, NotOffered
from trigate.mcp.listening.news import News
from trigate.mcp.message import Message

CHANGED = Message(method="notifications/tools/list_changed", params=Raw(b"{}"))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses pass at once; how long they would have been."""
    slept: list[float] = []

    async def note(deadlines: Deadlines, signal: Signal, seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(module, "pause", note)
    return slept


class Hearing:
    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.begun, self.stop = error, 0, asyncio.Event()

    async def __call__(self, ear: Ear) -> None:
        self.begun += 1
        if self.error is not None:
            raise self.error
        ear.opened()
        ear.followed(list(ear.uris))
        await self.stop.wait()
        self.stop.clear()


def make(hearing: Any) -> tuple[Ear, list[News]]:
    heard: list[News] = []
    return Ear("git", hearing, heard.append, asyncio.get_running_loop(), Deadlines()), heard


async def test_what_was_missed_between_two_streams_is_told_as_if_all_had_changed():
    hearing = Hearing()
    ear, heard = make(hearing)
    ear.subscribe("a:b")
    ear.hold()
    await ear.settle(5)
    assert heard == []
    hearing.stop.set()
    await eventually(lambda: hearing.begun == 2 and heard)
    assert heard == [News("git", each) for each in ("tools", "prompts", "resources")] + [News("git", uri="a:b")]
    ear.close()


async def test_pauses_grow_while_a_server_cannot_be_reached(at_once: list[float]):
    hearing = Hearing(UpstreamUnreachable("no"))
    ear, _ = make(hearing)
    ear.hold()
    await eventually(lambda: hearing.begun > 12)
    ear.close()
    assert all(pause <= 60 for pause in at_once)
    assert max(at_once[8:]) > 10 * max(at_once[:1])


async def test_a_server_without_a_stream_is_left_alone(at_once: list[float]):
    hearing = Hearing(NotOffered())
    ear, _ = make(hearing)
    ear.hold()
    await ear.settle(5)
    await eventually(lambda: at_once)
    assert at_once[0] == 600
    ear.close()


async def test_a_flood_is_slowed_down_at_its_source(at_once: list[float]):
    ear, heard = make(Hearing())
    for _ in range(150):
        await ear.take(CHANGED)
    assert len(heard) == 150
    assert at_once == [1] * 50
    await ear.take(Message(method="notifications/message"))
    assert len(heard) == 150


async def test_an_ear_lingers_and_subscriptions_are_counted():
    hearing = Hearing()
    ear, _ = make(hearing)
    ear.hold()
    ear.hold()
    ear.release()
    for change in (ear.subscribe, ear.subscribe, ear.unsubscribe):
        change("a:b")
    assert list(ear.uris) == ["a:b"]
    ear.unsubscribe("a:b")
    assert list(ear.uris) == []
    ear.release()
    ear.hold()
    await eventually(lambda: hearing.begun)
    assert hearing.begun == 1
    ear.close()
