"""The bus of one process."""

import pytest

from trigate.cli.mcp.probe.inner_bus import InnerBus
from trigate.core.bus import BusClosed, BusStream


async def echo(stream: BusStream, opening: bytes) -> None:
    await stream.send(opening)
    while (message := await stream.receive()) is not None:
        await stream.send(message)


async def test_a_stream_leads_to_the_service_and_back():
    bus = InnerBus()
    bus.offer("echo", echo)
    await bus.tell("echo", b"")
    stream = await bus.open("echo", b"first")
    assert await stream.receive() == b"first"
    await stream.send(b"second")
    assert await stream.receive() == b"second"
    stream.close()
    stream.close()
    assert await stream.receive() is None
    with pytest.raises(BusClosed):
        await stream.send(b"third")


async def test_what_nobody_offers_cannot_be_reached():
    with pytest.raises(BusClosed):
        await InnerBus().open("none")
