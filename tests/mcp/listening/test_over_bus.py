"""A worker hears of a command over the bus, and says which resources it wants to hear of."""

import asyncio
from typing import Any

import pytest

from tests.mcp.listening.servers import eventually
from tests.mcp.stage import LocalBus, LocalStream
from trigate.core.deadlines import Deadlines
from trigate.core.tasks import spawn
from trigate.mcp.fault import ServerFailed
from trigate.mcp.listening.ear import Ear
from trigate.mcp.listening.news import News
from trigate.mcp.listening.over_bus import FOLLOWED, OPENED, SAID, SERVICE, OverBus, decode_uris, encode_uris

CHANGED = SAID + b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'


def ear(heard: list[News]) -> Ear:
    nothing: Any = None
    return Ear("git", nothing, heard.append, asyncio.get_running_loop(), Deadlines())


async def test_frames_are_understood_and_wishes_told():
    bus, heard, wishes, streams = LocalBus(), list[News](), list[list[str]](), list[Any]()

    async def serve(stream: LocalStream, opening: bytes) -> None:
        assert opening == b"git"
        streams.append(stream)
        for frame in (OPENED, CHANGED, FOLLOWED + encode_uris(["a:b"])):
            await stream.send(frame)
        while (frame := await stream.receive()) is not None:
            wishes.append(decode_uris(frame))

    bus.offer(SERVICE, serve)  # type: ignore[arg-type]
    own = ear(heard)
    listening = spawn(OverBus("git", bus)(own), "listening")
    await eventually(lambda: heard and wishes)
    own.subscribe("a:b")
    await eventually(lambda: wishes == [[], ["a:b"]])
    await own.settle(5)
    listening.cancel()
    await asyncio.wait([listening])
    await eventually(streams[0].inbox.empty)


async def test_without_the_process_that_runs_it_nothing_is_heard():
    with pytest.raises(ServerFailed):
        await OverBus("git", LocalBus())(ear([]))
