"""A server that has forgotten its session is greeted anew, and asked again for what is wanted."""

import asyncio

import pytest

from tests.mcp.listening.servers import TALKING, Talkative, eventually, gateway
from tests.mcp.listening.test_front import listen
from tests.mcp.stage import Played, Sent
from tests.patience import PATIENCE
from trigate.mcp.listening import ear


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "_LONGEST_PAUSE", 0.01)


async def test_a_lost_session_is_begun_again_with_its_subscriptions():
    played = TALKING["legacy"]()
    async with gateway({"git": played}) as gate:
        caller = await listen(gate, "modern", ["file:///a"])
        played.sessions.clear()
        played.subscribed.clear()
        played.streams[-1].put_nowait(b"")  # the stream ends, and the next GET finds no session
        await eventually(lambda: played.wanted == ["file:///a"] and len(played.streams) == 2)
        assert played.begun == 2
        await eventually(lambda: "resources/updated" in caller.methods)  # it may have changed meanwhile
        await caller.leave()


class Silent(Talkative):
    """Offers no stream."""

    def stream(self, sent: Sent, session: str | None) -> Played:
        return Played(405, b"")


async def test_a_server_without_a_stream_does_not_hold_callers_up():
    async with gateway({"git": Silent()}) as gate:
        async with asyncio.timeout(PATIENCE):
            caller = await listen(gate, "modern")
        await caller.leave()
