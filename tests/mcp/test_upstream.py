"""A server as the gateway remembers it."""

import asyncio

from tests.mcp.servers import LegacyServer
from tests.mcp.stage import Gateway, gateway
from tests.patience import PATIENCE


async def test_a_server_that_is_configured_no_more_is_told_goodbye():
    played = LegacyServer()
    async with gateway({"old": played}) as gate:
        await gate.modern("tools/call", {"name": "old__echo"})
        assert played.sessions
        memory = gate.surroundings.keep.things["mcp.server.old"]  # type: ignore[attr-defined]
        memory.drain()
        async with asyncio.timeout(PATIENCE):
            while played.sessions:
                await asyncio.sleep(0.01)
        assert memory.greeting is None
        memory.drain()


async def test_what_is_known_of_a_server_survives_a_reload():
    played = LegacyServer()
    async with gateway({"old": played}) as gate:
        await gate.modern("tools/call", {"name": "old__echo"})
        again = Gateway(gate.lane._settings, gate.client, gate.surroundings, gate.spool)
        await again.modern("tools/call", {"name": "old__echo"})
        assert (played.begun, len(played.calls("tools/list"))) == (1, 1)
