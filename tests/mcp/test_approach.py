"""Servers are reached by the transport that their settings name."""

import asyncio
from typing import Any

import pytest

from tests.mcp.servers import ModernServer
from tests.mcp.stage import FakeClient, Spool, gateway, surround
from trigate.mcp.approach import transport_of
from trigate.mcp.probing import Probing
from trigate.mcp.settings import Server
from trigate.mcp.transports.http_sse import HttpSse
from trigate.mcp.transports.stdio import Stdio
from trigate.mcp.transports.streamable_http import StreamableHttp
from trigate.policy.offer import SERVICE, Offers


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (Server(url="http://git/mcp"), Probing),
        (Server(url="http://git/mcp", transport="streamable_http"), StreamableHttp),
        (Server(url="http://git/mcp", era="modern"), StreamableHttp),
        (Server(url="http://git/sse", transport="sse"), HttpSse),
        (Server(command=("git-server",)), Stdio),
    ],
)
async def test_the_settings_decide(server: Server, kind: type):
    client: Any = FakeClient()
    assert type(transport_of("git", server, client, surround(Spool()))) is kind


async def test_the_names_of_a_servers_tools_are_told_to_whoever_asks_people_about_them():
    async with gateway({"git": ModernServer()}) as gate:
        offers, bus = Offers(), gate.surroundings.bus
        bus.offer(SERVICE, offers.serve)
        await gate.modern("tools/list")
        for _ in range(5):
            await asyncio.sleep(0)
        assert list(offers.tools("git")) == ["echo"]
