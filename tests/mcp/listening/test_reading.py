"""A stream is read beside everything else, and how it ended is known."""

import asyncio
from typing import Any

import pytest
from msgspec import Raw

from tests.mcp.listening.servers import eventually
from trigate.core.deadlines import Deadlines
from trigate.core.errors import UpstreamUnreachable
from trigate.mcp.listening.ear import Ear, NotOffered
from trigate.mcp.listening.news import News
from trigate.mcp.listening.reading import Reading
from trigate.mcp.message import Message


class Leg:
    status = 200

    def __init__(self, *messages: Message | Exception | None) -> None:
        self.messages, self.closed = list(messages), False

    async def next(self) -> Message | None:
        if not self.messages:
            await asyncio.get_running_loop().create_future()
        found = self.messages.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def answer(self, message: bytes) -> None:
        raise AssertionError("nothing is asked here")

    def close(self) -> None:
        self.closed = True


def begin(*messages: Any) -> tuple[Reading, Leg, list[News]]:
    heard: list[News] = []
    nothing: Any = None
    leg = Leg(*messages)
    return Reading(Ear("git", nothing, heard.append, asyncio.get_running_loop(), Deadlines()), leg), leg, heard


async def test_news_go_to_the_ear_and_an_acknowledgement_is_noted():
    said = [Message(method=f"notifications/{each}") for each in ("subscriptions/acknowledged", "tools/list_changed")]
    reading, leg, heard = begin(*said, None)
    await eventually(lambda: reading.done)
    assert reading.acknowledged
    assert heard == [News("git", "tools")]
    reading.check()
    reading.close()
    assert leg.closed


async def test_a_server_that_knows_no_listening_has_none():
    reading, _, _ = begin(Message(id=Raw(b"1"), error=Raw(b'{"code":-32601,"message":"no"}')))
    await eventually(lambda: reading.done)
    with pytest.raises(NotOffered):
        reading.check()


async def test_a_failure_is_told():
    reading, _, _ = begin(UpstreamUnreachable("gone"))
    await eventually(lambda: reading.done)
    with pytest.raises(UpstreamUnreachable):
        reading.check()
