"""Asking another process one thing."""

import asyncio

import pytest

from tests.mcp.stage import LocalBus
from tests.patience import PATIENCE
from trigate.core.bus import BusClosed, BusStream, consult


async def answers(stream: BusStream, opening: bytes) -> None:
    await stream.send(opening + b"!")


async def is_silent(stream: BusStream, opening: bytes) -> None:
    """Ends without a word."""


async def test_the_one_answer_is_given_and_the_stream_closed() -> None:
    bus, ended = LocalBus(), asyncio.Event()

    async def serve(stream: BusStream, opening: bytes) -> None:
        await answers(stream, opening)
        assert await stream.receive() is None
        ended.set()

    bus.offer("echo", serve)
    assert await consult(bus, "echo", b"hello") == b"hello!"
    async with asyncio.timeout(PATIENCE):
        await ended.wait()


async def test_nobody_there_and_nothing_said_are_no_answer() -> None:
    bus = LocalBus()
    assert await consult(bus, "echo", b"") is None
    bus.offer("echo", is_silent)
    assert await consult(bus, "echo", b"") is None


async def test_a_process_that_goes_away_meanwhile_gives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    class Gone:
        async def receive(self) -> bytes | None:
            raise BusClosed("gone")

        def close(self) -> None:
            closed.append(True)

    async def opened(*_: object) -> Gone:
        return Gone()

    bus = LocalBus()
    monkeypatch.setattr(bus, "open", opened)
    assert await consult(bus, "echo", b"") is None
    assert closed == [True]
