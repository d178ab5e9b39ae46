"""What the other process may say, and that it may be gone."""

import asyncio

import pytest

from tests.mcp.stage import LocalBus, LocalStream, Spool, surround
from trigate.core.signal import Signal
from trigate.mcp.compose import Hop, compose
from trigate.mcp.fault import NotSpoken, ServerFailed, SessionLost
from trigate.mcp.greeting import Greeting
from trigate.mcp.settings import Server
from trigate.mcp.stdio_order import CHANGED, FAILED, GREETING, MESSAGE, SERVICE, encode_greeting
from trigate.mcp.transports.stdio import Stdio

MODERN = Greeting("modern", "2026-07-28")


def reached(*frames: bytes) -> Stdio:
    bus = LocalBus()

    async def service(stream: LocalStream, opening: bytes) -> None:
        for frame in frames:
            await stream.send(frame)

    bus.services[SERVICE] = service  # type: ignore[assignment]
    return Stdio("x", Server(command=("x",)), surround(Spool(), bus))


async def first(transport: Stdio) -> object:
    signal = Signal(asyncio.get_running_loop())
    leg = await transport.ask(MODERN, compose("tools/list", {}, {}, Hop("modern")), signal)
    try:
        return await leg.next()
    finally:
        leg.close()


async def test_a_process_that_is_gone_is_a_failed_server():
    transport = Stdio("x", Server(command=("x",)), surround(Spool(), LocalBus()))
    with pytest.raises(ServerFailed, match="gone"):
        await transport.greet(Signal(asyncio.get_running_loop()))
    with pytest.raises(ServerFailed, match="gone"):
        await first(transport)
    transport.part(MODERN)


async def test_a_greeting_crosses_the_bus_whole():
    greeting = Greeting("legacy", "2025-11-25", ["tools"], "use well")
    found = await reached(GREETING + encode_greeting(greeting)).greet(Signal(asyncio.get_running_loop()))
    assert found == greeting


@pytest.mark.parametrize(
    ("frames", "error"),
    [
        ((FAILED + b"it died",), ServerFailed),
        ((CHANGED,), SessionLost),
        ((MESSAGE + b"{",), NotSpoken),
    ],
)
async def test_each_frame_means_what_it_says(frames: tuple[bytes, ...], error: type[Exception]):
    with pytest.raises(error):
        await first(reached(*frames))


async def test_an_end_without_an_answer_is_none_for_a_call_and_a_failure_for_hello():
    assert await first(reached()) is None
    with pytest.raises(ServerFailed):
        await reached().greet(Signal(asyncio.get_running_loop()))
